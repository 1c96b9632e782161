/**
 * The first move in an incident: nothing is granted, to nobody, until it is lifted. What was granted before goes
 * on; ending that is `revokeMany`. The database refuses a grant during a freeze by itself; here is what people
 * are told.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { REASON_CHARACTERS_MAX } from '../core/request.ts';
import type { Database } from '../store/open-store.ts';
import { listEvents } from '../store/operations/events.ts';
import {
  clearFreeze,
  findFreeze,
  holdThawed,
  type StoredFreeze,
  setFreeze,
} from '../store/operations/freeze.ts';
import { listGrantsIssuing } from '../store/operations/grants.ts';
import { findIdentities } from '../store/operations/people.ts';
import { listPendingRequests } from '../store/operations/requests.ts';
import type { AccessContext } from './context.ts';
import { keepRefusal } from './keep-refusal.ts';
import { partyOf } from './read-views.ts';
import { askForJob, askForJobs, recordEvent } from './record.ts';
import { refusalUnlessIn } from './rights.ts';
import type { PartyView } from './views.ts';

/** What `frozen_by` is when an alerting system froze with its token. */
export const FREEZE_TOKEN = 'token';

/** What nobody guesses: 20 characters of a random token. */
const TOKEN_CHARACTERS_MIN = 20;
const LOCK_NOT_AVAILABLE = '55P03';
const CARDS_MAX = 2_000;
const LIFTING_IS_FOR = 'Lifting a freeze is for members of the groups in `freeze` and `oversight`.';

export interface FreezeView {
  /** Of this freeze, for its card; null when nothing is frozen. */
  readonly id: string | null;
  readonly frozen: boolean;
  readonly since: Date | null;
  /** Null when nothing is frozen, and when the freeze's token did it. */
  readonly by: PartyView | null;
  readonly reason: string | null;
}

/** One freeze from its beginning, over or not. */
export interface FreezeEpisode {
  readonly id: string;
  readonly since: Date;
  /** Null for the freeze's token. */
  readonly by: PartyView | null;
  readonly reason: string;
  readonly lifted: {
    readonly at: Date;
    readonly by: PartyView | null;
    readonly reason: string | null;
  } | null;
}

/**
 * Freezes. What is in flight is granted or refused first; afterwards nothing is granted on any replica. Freezing
 * what is frozen changes nothing: the first reason stands.
 * @param input.by `token` for a caller that showed the token of `freeze.token`
 * @throws AppError `forbidden` unless in a group of `freeze` or `oversight`, `invalid_input`, `unavailable` when a
 *   grant in flight hangs
 */
export async function freeze(
  context: AccessContext,
  input: { by: Identity | typeof FREEZE_TOKEN; reason: string },
): Promise<FreezeView> {
  const { by } = input;
  const reason = checkReason(input.reason);
  if (reason === '')
    throw new AppError('invalid_input', 'Say why: everybody whose request is refused reads it.');
  const text = 'Freezing is for members of the groups in `freeze` and `oversight`.';
  if (by !== FREEZE_TOKEN) await requireMayFreeze(context, { by, act: 'freeze', reason, text });
  const actorId = by === FREEZE_TOKEN ? FREEZE_TOKEN : by.id;
  const now = context.clock.now();
  await movingFreeze(context, async (db) => {
    if (!(await setFreeze(db, { frozenAt: now, frozenBy: actorId, reason }))) return;
    const id = idOf(now);
    await recordEvent(db, { at: now, type: 'freeze.begun', actorId, subject: id, data: { reason } });
    await askForJob(db, { job: 'sync-card', payload: { subject: 'freeze', id } }, { now });
    await syncPending(db, now);
  });
  return readFreeze(context);
}

/**
 * Lifts the freeze, and has the grants that waited for it issued.
 * @param input.freezeId the one that was shown, so that no later one is lifted unseen; left out, whichever there is
 * @throws AppError `forbidden` as `freeze` does (the token never lifts), `conflict` when nothing is frozen, or by
 *   another freeze than was shown
 */
export async function unfreeze(
  context: AccessContext,
  input: { by: Identity; reason: string; freezeId?: string },
): Promise<FreezeView> {
  const reason = checkReason(input.reason);
  await requireMayFreeze(context, { by: input.by, act: 'unfreeze', reason, text: LIFTING_IS_FOR });
  const now = context.clock.now();
  await movingFreeze(context, async (db) => {
    const stored = await findFreeze(db);
    const refusal = refusalOfOtherFreeze(stored, input.freezeId);
    if (stored === null || refusal !== null) throw refusal ?? new AppError('conflict', 'Nothing is frozen.');
    const id = idOf(stored.frozenAt);
    if (!(await clearFreeze(db, { frozenAt: stored.frozenAt, id, at: now })))
      throw new AppError('conflict', 'The freeze is lifted already.');
    const data = { reason: reason === '' ? null : reason };
    await recordEvent(db, { at: now, type: 'freeze.lifted', actorId: input.by.id, subject: id, data });
    await askForJob(db, { job: 'sync-card', payload: { subject: 'freeze', id } }, { now });
    await syncPending(db, now);
    const waiting = await listGrantsIssuing(db, { now });
    const jobs = waiting.map((grantId) => ({ job: 'issue-grant', payload: { grantId } }) as const);
    await askForJobs(db, jobs, { now });
  });
  return readFreeze(context);
}

/** What waits says whether it can be granted; of more than these the sweep of cards sees to the rest. */
async function syncPending(db: Database, now: Date): Promise<void> {
  const ids = await listPendingRequests(db, { what: { kind: 'everything' }, limit: CARDS_MAX });
  const jobs = ids.map((id) => ({ job: 'sync-card', payload: { subject: 'request', id } }) as const);
  await askForJobs(db, jobs, { now });
}

/** Whether anything is granted at the moment; for everybody who is signed in. */
export async function readFreeze(context: AccessContext): Promise<FreezeView> {
  const db = context.store.read();
  const stored = await findFreeze(db);
  if (stored === null) return { id: null, frozen: false, since: null, by: null, reason: null };
  const by = await partyNamed(db, stored.frozenBy);
  return { id: idOf(stored.frozenAt), frozen: true, since: stored.frozenAt, by, reason: stored.reason };
}

/** @throws AppError `not_found` */
export async function readFreezeEpisode(
  context: AccessContext,
  input: { id: string },
): Promise<FreezeEpisode> {
  const { id } = input;
  const db = context.store.read();
  const events = await listEvents(db, { subject: id, limit: 10 });
  const begun = events.find((event) => event.type === 'freeze.begun');
  const lifted = events.find((event) => event.type === 'freeze.lifted');
  if (begun === undefined) throw new AppError('not_found', `There was no freeze ${id.slice(0, 40)}.`);
  return {
    id,
    since: begun.at,
    by: await partyNamed(db, begun.actorId ?? null),
    reason: String(begun.data['reason']),
    lifted:
      lifted === undefined
        ? null
        : {
            at: lifted.at,
            by: await partyNamed(db, lifted.actorId ?? null),
            reason: typeof lifted.data['reason'] === 'string' ? lifted.data['reason'] : null,
          },
  };
}

/** @throws AppError `forbidden`, and that is kept */
async function requireMayFreeze(
  context: AccessContext,
  { by, act, reason, text }: { by: Identity; act: 'freeze' | 'unfreeze'; reason: string; text: string },
): Promise<void> {
  const attempt = { type: 'freeze.refused', actorId: by.id, subject: act, data: { act, reason } } as const;
  await keepRefusal(context, attempt, async () => {
    const refusal = refusalUnlessMayFreeze(context, { by, text });
    if (refusal !== null) throw refusal;
  });
}

function refusalUnlessMayFreeze(
  context: Pick<AccessContext, 'policy' | 'clock'>,
  { by, text }: { by: Identity; text: string },
): AppError | null {
  return refusalUnlessIn(context, { identity: by, groups: groupsThatFreeze(context), text });
}

/** Whose members freeze, and lift a freeze. */
export function groupsThatFreeze({ policy }: Pick<AccessContext, 'policy'>): readonly string[] {
  const { freeze: freezing, oversight } = policy.current().document;
  return [...freezing.groups, ...oversight.groups];
}

/** Null for whoever may lift the freeze of this card now. */
export async function refusalToUnfreeze(
  context: AccessContext,
  { freezeId, by }: { freezeId: string; by: Identity },
): Promise<AppError | null> {
  const refusal = refusalUnlessMayFreeze(context, { by, text: LIFTING_IS_FOR });
  if (refusal !== null) return refusal;
  const stored = await findFreeze(context.store.read());
  return refusalOfOtherFreeze(stored, freezeId);
}

function refusalOfOtherFreeze(stored: StoredFreeze | null, shownId: string | undefined): AppError | null {
  if (stored === null) return new AppError('conflict', 'Nothing is frozen.');
  if (shownId === undefined || shownId === idOf(stored.frozenAt)) return null;
  return new AppError('conflict', 'That freeze was lifted already; another one is in force.');
}

/** What an approval would be told now; null while things are granted. Nobody is kept from freezing meanwhile. */
export async function refusalByFreezeSeen(db: Database): Promise<AppError | null> {
  const stored = await findFreeze(db);
  return stored === null ? null : frozenError(db, stored);
}

/**
 * True for the token of `freeze.token`; compared in constant time.
 * @throws AppError `unavailable` when it cannot be read, `config_invalid` when it is too short to be one
 */
export function isFreezeToken(context: AccessContext, presented: string): boolean {
  const { token: reference } = context.policy.current().document.freeze;
  if (reference === undefined) return false;
  const token = context.settings.readSecret(reference).reveal();
  if (token.length < TOKEN_CHARACTERS_MIN) {
    const text = `The token of \`freeze\` has fewer than ${TOKEN_CHARACTERS_MIN} characters, so it is not accepted.`;
    throw new AppError('config_invalid', text);
  }
  return timingSafeEqual(sha256(presented), sha256(token));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * The refusal of whatever would be granted now, or null. Until the transaction ends nobody can freeze, so what is
 * granted in it was granted before.
 */
export async function refusalWhileFrozen(db: Database): Promise<AppError | null> {
  const stored = await holdThawed(db);
  return stored === null ? null : frozenError(db, stored);
}

/** @throws AppError `frozen`, naming who froze, since when and why */
export async function requireThawed(db: Database): Promise<void> {
  const refusal = await refusalWhileFrozen(db);
  if (refusal !== null) throw refusal;
}

async function frozenError(db: Database, { frozenAt, frozenBy, reason }: StoredFreeze): Promise<AppError> {
  const party = await partyNamed(db, frozenBy);
  const who = party === null ? 'an alert' : `${party.name} <${party.email}>`;
  const since = `${frozenAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return new AppError(
    'frozen',
    `Nothing is granted at the moment: ${who} froze access at ${since}. Reason: ${reason}`,
  );
}

async function partyNamed(db: Database, id: string | null): Promise<PartyView | null> {
  if (id === null || id === FREEZE_TOKEN) return null;
  const [row] = await findIdentities(db, { ids: [id] });
  return row === undefined ? null : partyOf(row);
}

/** Freezes are told apart by when they began. */
function idOf(since: Date): string {
  return `freeze-${since.getTime()}`;
}

function checkReason(text: string): string {
  const reason = text.trim();
  if (reason.length > REASON_CHARACTERS_MAX) {
    throw new AppError('invalid_input', `The reason is longer than ${REASON_CHARACTERS_MAX} characters.`);
  }
  return reason;
}

async function movingFreeze(context: AccessContext, work: (db: Database) => Promise<void>): Promise<void> {
  try {
    await context.store.transaction(work);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code !== LOCK_NOT_AVAILABLE) throw error;
    throw new AppError(
      'unavailable',
      'A grant in flight does not come to an end, so nothing has changed. Try again in a moment.',
      { cause: error },
    );
  }
}
