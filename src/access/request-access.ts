/** Asking for access: what may be asked for, what asking would need, and the request itself. */
import { incidentOfChannel } from '../core/channel-globs.ts';
import { after } from '../core/clock.ts';
import { formatDuration } from '../core/duration.ts';
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import { type Origin, REASON_CHARACTERS_MAX, type Seat, TICKET_CHARACTERS_MAX } from '../core/request.ts';
import { type AccessAnswer, matchAccess } from '../policies/access/match-policy.ts';
import type { PolicyDocument, Resource } from '../policies/document/schema.ts';
import { findRequestByKey, insertRequest, moveRequest } from '../store/operations/requests.ts';
import { type AccessContext, newId } from './context.ts';
import { createGrant } from './create-grant.ts';
import { requestViews } from './read-views.ts';
import { askForJob, recordEvent } from './record.ts';
import type { RequestView } from './views.ts';

export interface RequestDraft {
  readonly requester: Identity;
  readonly resource: string;
  /** Null: the first role of the resource that the requester may have. */
  readonly role: string | null;
  /** Null: an hour, or the longest that the policy gives if that is less. */
  readonly durationMs: number | null;
}

export interface NewAccessRequest extends RequestDraft {
  readonly reason: string;
  readonly ticket: string | null;
  readonly incident: string | null;
  readonly origin: Origin | null;
  /** The platform's event id, or the caller's: the same key gives the same request. */
  readonly idempotencyKey: string;
}

export interface RequestPreview {
  readonly allowed: boolean;
  readonly explanation: string;
  readonly role: string | null;
  readonly automatic: boolean;
  readonly seats: readonly Seat[];
  readonly durationMs: number | null;
  readonly durationMaxMs: number | null;
}

const DEFAULT_DURATION_MS = 3_600_000;
const DURATION_MS_MIN = 60_000;
/** The name of the way in, which its caller puts before the key, included. */
const KEY_CHARACTERS_MAX = 300;
const NAMES_LISTED_MAX = 20;

/** What a request would need, without making it. */
export function previewRequest(
  context: AccessContext,
  draft: RequestDraft & { reason?: string; ticket?: string | null; incident?: string | null },
): RequestPreview {
  const { document } = context.policy.current();
  const resource = document.resources.find((candidate) => candidate.name === draft.resource);
  if (resource === undefined) {
    return refusedPreview(unknownResource(document, draft.resource));
  }
  const { role, durationMs, answer } = answerFor(context, document, resource, draft);
  if (!answer.allowed)
    return { ...refusedPreview(answer.explanation), role, durationMaxMs: answer.durationMaxMs };
  const { approval } = answer;
  return {
    allowed: true,
    explanation: answer.explanation,
    role,
    automatic: approval.kind === 'auto',
    seats: approval.kind === 'votes' ? approval.seats : [],
    durationMs,
    durationMaxMs: answer.durationMaxMs,
  };
}

function refusedPreview(explanation: string): RequestPreview {
  return {
    allowed: false,
    explanation,
    role: null,
    automatic: false,
    seats: [],
    durationMs: null,
    durationMaxMs: null,
  };
}

export interface RequestableResource {
  readonly resource: string;
  readonly kind: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly roles: readonly {
    readonly role: string;
    readonly automatic: boolean;
    readonly seats: readonly Seat[];
    readonly durationMaxMs: number;
  }[];
}

/** Everything this identity may ask for. */
export function listRequestable(
  context: AccessContext,
  input: { requester: Identity },
): RequestableResource[] {
  const { document } = context.policy.current();
  return document.resources.flatMap((resource) => {
    const roles = Object.keys(resource.roles).flatMap((role) => {
      const draft = { requester: input.requester, resource: resource.name, role, durationMs: null };
      const { answer } = answerFor(context, document, resource, draft);
      if (!answer.allowed) return [];
      const { approval } = answer;
      const seats = approval.kind === 'votes' ? approval.seats : [];
      return [{ role, automatic: approval.kind === 'auto', seats, durationMaxMs: answer.durationMaxMs }];
    });
    return roles.length === 0
      ? []
      : [{ resource: resource.name, kind: resource.kind, labels: resource.labels, roles }];
  });
}

/**
 * Makes a request; an automatic policy approves it in the same transaction.
 * @throws AppError `invalid_input` (reason, duration), `not_found` (resource), `forbidden` (no policy
 *   gives this, with the reason)
 */
export async function requestAccess(context: AccessContext, input: NewAccessRequest): Promise<RequestView> {
  const checked = checkTexts(input);
  const { document, version } = context.policy.current();
  checkIncident(input.incident, document.incidents.channels);
  const resource = document.resources.find((candidate) => candidate.name === input.resource);
  if (resource === undefined) throw new AppError('not_found', unknownResource(document, input.resource));
  const { role, durationMs, answer } = answerFor(context, document, resource, input);
  if (durationMs < DURATION_MS_MIN) {
    throw new AppError('invalid_input', `The shortest grant is ${formatDuration(DURATION_MS_MIN)}.`);
  }
  if (!answer.allowed || role === null) throw new AppError('forbidden', answer.explanation);

  const now = context.clock.now();
  const idempotencyKey = `${input.requester.id}:${input.idempotencyKey}`;
  return context.store.transaction(async (db) => {
    const id = newId(context, 'r');
    const inserted = await insertRequest(db, {
      id,
      kind: 'access',
      requesterId: input.requester.id,
      beneficiaryId: input.requester.id,
      extendsId: null,
      againOfId: null,
      consentFrom: null,
      remindAt: null,
      escalateAt: null,
      resource: resource.name,
      resourceKind: resource.kind,
      role,
      durationMs,
      ...checked,
      incident: input.incident,
      origin: input.origin,
      policy: answer.policy,
      policyVersion: version,
      explanation: answer.explanation,
      approval: answer.approval,
      idempotencyKey,
      createdAt: now,
      lapsesAt: after(now, answer.withinMs),
    });
    if (inserted) {
      await recordEvent(db, {
        at: now,
        type: 'request.created',
        actorId: input.requester.id,
        subject: id,
        data: { resource: resource.name, role, durationMs, policy: answer.policy, policyVersion: version },
      });
      if (answer.approval.kind === 'auto') {
        await moveRequest(db, { id, to: 'approved', at: now });
        await recordEvent(db, {
          at: now,
          type: 'request.approved',
          actorId: null,
          subject: id,
          data: { automatic: true },
        });
        await createGrant(context, db, { requestId: id, holderId: input.requester.id, durationMs, at: now });
      } else {
        const lapse = { job: 'expire-request', payload: { requestId: id } } as const;
        await askForJob(db, lapse, { now, runAt: after(now, answer.withinMs) });
      }
      await askForJob(db, { job: 'sync-card', payload: { subject: 'request', id } }, { now });
    }
    const row = await findRequestByKey(db, { idempotencyKey });
    if (row === null) throw new AppError('internal', 'the request was not stored');
    const [view] = await requestViews(db, [row]);
    if (view === undefined) throw new AppError('internal', 'the request could not be read back');
    return view;
  });
}

function answerFor(
  context: AccessContext,
  document: PolicyDocument,
  resource: Resource,
  draft: RequestDraft & { reason?: string; ticket?: string | null; incident?: string | null },
): { role: string | null; durationMs: number; answer: AccessAnswer } {
  const ask = (role: string): { role: string; durationMs: number; answer: AccessAnswer } => {
    const question = {
      identity: draft.requester,
      resource,
      role,
      reason: draft.reason ?? '',
      ticket: draft.ticket ?? null,
      incident: draft.incident ?? null,
      at: context.clock.now(),
    };
    const durationMs = draft.durationMs ?? DEFAULT_DURATION_MS;
    const answer = matchAccess(document, { ...question, durationMs });
    if (draft.durationMs !== null || answer.allowed || answer.durationMaxMs === null)
      return { role, durationMs, answer };
    const shorter = { ...question, durationMs: answer.durationMaxMs };
    return { role, durationMs: answer.durationMaxMs, answer: matchAccess(document, shorter) };
  };
  if (draft.role !== null) return ask(draft.role);
  const answers = Object.keys(resource.roles).map(ask);
  const explanation = `No access policy gives you a role on ${resource.name}.`;
  const none = {
    role: null,
    durationMs: DEFAULT_DURATION_MS,
    answer: { allowed: false, explanation, durationMaxMs: null } as const,
  };
  // A role that is only asked for too long says more than that there is none.
  const tooLong = answers.find(({ answer }) => answer.durationMaxMs !== null);
  return answers.find(({ answer }) => answer.allowed) ?? tooLong ?? none;
}

function checkTexts(input: NewAccessRequest): { reason: string; ticket: string | null } {
  const reason = input.reason.trim();
  const ticket = input.ticket?.trim() || null;
  if (reason === '')
    throw new AppError('invalid_input', 'Say why you need it: approvers decide by the reason.');
  if (reason.length > REASON_CHARACTERS_MAX) {
    throw new AppError('invalid_input', `The reason is longer than ${REASON_CHARACTERS_MAX} characters.`);
  }
  if (ticket !== null && ticket.length > TICKET_CHARACTERS_MAX) {
    throw new AppError('invalid_input', `The ticket is longer than ${TICKET_CHARACTERS_MAX} characters.`);
  }
  if (input.idempotencyKey === '' || input.idempotencyKey.length > KEY_CHARACTERS_MAX) {
    throw new AppError('invalid_input', `An idempotency key has 1 to ${KEY_CHARACTERS_MAX} characters.`);
  }
  return { reason, ticket };
}

/**
 * An incident decides where the card and the sessions' summaries are posted, and conditions can ask for
 * one: no other channel passes for it.
 */
function checkIncident(incident: string | null, patterns: readonly string[]): void {
  if (incident === null || incidentOfChannel(incident, patterns) !== null) return;
  throw new AppError(
    'invalid_input',
    `"${incident.slice(0, 60)}" is not an incident's channel. Those are named ${patterns.join(' or ')}.`,
  );
}

function unknownResource(document: PolicyDocument, name: string): string {
  const names = document.resources.map((resource) => resource.name);
  const listed = names.slice(0, NAMES_LISTED_MAX).join(', ') + (names.length > NAMES_LISTED_MAX ? ', …' : '');
  return `There is no resource named ${name.slice(0, 63)}. ${names.length === 0 ? 'None is configured.' : `There is ${listed}.`}`;
}
