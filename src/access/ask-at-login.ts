/** A login that asks: the request is one like any other, and whoever logs in waits for what becomes of it. */
import { isAppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { findNewestGrant, readRequestStamp } from '../store/operations/login-grants.ts';
import { cancelRequest } from './close-request.ts';
import type { AccessContext } from './context.ts';
import { findLogin, type HostLogin, type LoginWish } from './host-login.ts';
import { listDecidersOf } from './people-for-seats.ts';
import { readRequest } from './read-access.ts';
import { requestAccess } from './request-access.ts';
import type { PartyView, RequestView, SeatView, VoteView } from './views.ts';

const PLATFORM = 'ssh';
const POLL_MS = 400;
const PEOPLE_MAX = 20;
const NAMES_MAX = 5;

/**
 * Asks for access at the login. The card is posted as that of every other request.
 * @param input.durationMs null for an hour, or the longest that the policy gives if that is less
 * @param input.key the same key of the same person gives the same request
 * @throws AppError as `requestAccess`, with what to write instead
 */
export async function askAtLogin(
  context: AccessContext,
  input: {
    readonly by: Identity;
    readonly resource: string;
    readonly role: string | null;
    readonly durationMs: number | null;
    readonly reason: string;
    readonly ticket: string | null;
    readonly key: string;
  },
): Promise<RequestView> {
  const { by, key, ...asked } = input;
  return requestAccess(context, {
    ...asked,
    requester: by,
    incident: null,
    origin: null,
    idempotencyKey: `${PLATFORM}:${key}`,
  });
}

/**
 * The same as `findLogin`, except that a workload which may have a role at once gets it. Logins at once share one grant.
 * @throws AppError as `requestAccess`
 */
export async function findOrTakeLogin(context: AccessContext, wish: LoginWish): Promise<HostLogin> {
  const { by, resource } = wish;
  // Before looking: what another login is given in between is then found, or has the same key.
  const before = await findNewestGrant(context.store.read(), { holderId: by.id, resource });
  const found = await findLogin(context, wish);
  if (by.kind !== 'workload' || found.kind !== 'can-ask') return found;
  const role = found.roles.find(({ automatic }) => automatic)?.role;
  if (role === undefined) return found;
  const { id } = await askAtLogin(context, {
    by,
    resource,
    role,
    durationMs: null,
    reason: `ssh login by ${by.name}`,
    ticket: null,
    key: `${resource}:${role}:after-${before ?? 'none'}`,
  });
  return { kind: 'preparing', requestId: id };
}

export type LoginEnd =
  | { readonly kind: 'granted'; readonly handle: string; readonly role: string; readonly expiresAt: Date }
  /** @property message a sentence for the person */
  | { readonly kind: 'refused'; readonly message: string };

export interface LoginNews {
  readonly request: RequestView;
  /** What is waited for: `waiting for Bob or Dana`. */
  readonly waitingFor: string;
  /** Those that were cast since the last news, oldest first. */
  readonly votes: readonly VoteView[];
}

export interface LoginWatch {
  /**
   * Resolves once, when the grant is active or nothing comes of it; null when `stop` was called before.
   * Rejects when the store cannot be asked.
   */
  readonly ended: Promise<LoginEnd | null>;
  /** Nothing is told any more. The request stays as it is: see `cancelAtLogin`. */
  stop(): void;
}

/** Tells at once how a request stands, and then of each change within a second, until its grant is active. */
export function watchLogin(
  context: AccessContext,
  input: { readonly requestId: string; readonly onNews: (news: LoginNews) => void },
): LoginWatch {
  const stopping = new AbortController();
  return { ended: follow(context, { ...input, signal: stopping.signal }), stop: () => stopping.abort() };
}

async function follow(
  context: AccessContext,
  input: {
    readonly requestId: string;
    readonly onNews: (news: LoginNews) => void;
    readonly signal: AbortSignal;
  },
): Promise<LoginEnd | null> {
  const { requestId: id, onNews, signal } = input;
  let known: string | null = null;
  let votesTold = 0;
  while (!signal.aborted) {
    const stamp = await readRequestStamp(context.store.read(), { id });
    if (stamp === null || stamp !== known) {
      const request = await readRequest(context, { id });
      const end = endOf(request);
      const waitingFor = end === null ? await whatIsWaitedFor(context, request) : '';
      if (signal.aborted) break;
      onNews({ request, waitingFor, votes: request.votes.slice(votesTold) });
      if (end !== null) return end;
      votesTold = request.votes.length;
      known = stamp;
    }
    await pause(POLL_MS, signal);
  }
  return null;
}

function endOf(request: RequestView): LoginEnd | null {
  const { state, grant } = request;
  const refused = (message: string): LoginEnd => ({ kind: 'refused', message });
  if (state === 'pending') return null;
  if (state !== 'approved' || grant === null) return refused(whyNot(request));
  if (grant.state === 'issuing') return null;
  return grant.state === 'active'
    ? { kind: 'granted', handle: grant.id, role: grant.role, expiresAt: grant.expiresAt }
    : refused(`Grant ${grant.id} has ended: ${grant.state}.`);
}

function whyNot({ id, state, votes, closed }: RequestView): string {
  if (state === 'expired') return `Nobody decided about ${id} in time.`;
  if (state === 'cancelled') return `${id} was cancelled.`;
  if (closed !== null) return `${id} is denied: ${closed.because}`;
  const against = votes.find(({ verdict }) => verdict === 'deny');
  const note = against?.note == null ? '' : `: ${against.note}`;
  return against === undefined ? `${id} is ${state}.` : `${against.person.name} denied ${id}${note}`;
}

async function whatIsWaitedFor(context: AccessContext, request: RequestView): Promise<string> {
  if (request.state !== 'pending') {
    const problem = request.grant?.problem ?? null;
    return problem === null
      ? 'approved; preparing the connection'
      : `approved; it cannot be prepared yet: ${problem}`;
  }
  const open = request.seats.filter(({ count, filledBy }) => filledBy.length < count);
  const texts = await Promise.all(open.map((seat) => whoCouldFill(context, { seat, request })));
  return texts.length === 0 ? 'waiting for a decision' : `waiting for ${texts.join(' and ')}`;
}

/** Names of people, else that of the seat. */
async function whoCouldFill(
  context: AccessContext,
  { seat, request }: { seat: SeatView; request: RequestView },
): Promise<string> {
  const out = new Set([
    request.requester.id,
    request.beneficiary.id,
    ...request.votes.map(({ person }) => person.id),
  ]);
  const people = await listDecidersOf(context, { seats: [seat], limit: PEOPLE_MAX });
  const names = namesOf(people.filter(({ id }) => !out.has(id)));
  const missing = seat.count - seat.filledBy.length;
  if (names === '') return `${missing} of ${seat.name}`;
  return missing === 1 ? names : `${missing} of ${names}`;
}

function namesOf(people: readonly PartyView[]): string {
  const names = [...new Set(people.map(({ name }) => name))];
  const shown = names.slice(0, NAMES_MAX);
  const others = names.length - shown.length;
  return [...shown, ...(others > 0 ? [`${others} others`] : [])].join(' or ');
}

/**
 * Whoever asked went away, or does not want it any more. What is decided already stays.
 * @throws AppError `forbidden` unless it is their own
 */
export async function cancelAtLogin(
  context: AccessContext,
  input: { readonly requestId: string; readonly by: Identity },
): Promise<void> {
  try {
    await cancelRequest(context, input);
  } catch (error) {
    if (!isAppError(error, 'conflict')) throw error;
  }
}

/** Returns at the end of the time, or when the signal says so. */
async function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    signal.addEventListener('abort', done);
  });
}
