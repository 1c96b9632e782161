/** Writes a request that the policy lets somebody make, of whatever kind, and approves it if nothing is missing. */
import { after } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Approval, Origin, RequestKind } from '../core/request.ts';
import type { RequestRow } from '../store/entities/access.ts';
import type { Database } from '../store/open-store.ts';
import { findRequestByKey, insertRequest } from '../store/operations/requests.ts';
import type { ConsentNeeded } from './beneficiary.ts';
import { type AccessContext, newId } from './context.ts';
import { refusalWhileFrozen } from './freeze.ts';
import { askForJob, recordEvent } from './record.ts';
import { approveAtOnce } from './settle-request.ts';

/** A request that the policy allows; its texts are checked and trimmed. */
export interface PlacedRequest {
  readonly kind: RequestKind;
  readonly requesterId: string;
  readonly beneficiaryId: string;
  /** For an extension: the grant, and how long it would last at most. */
  readonly extension: { readonly grantId: string; readonly until: Date } | null;
  readonly againOfId: string | null;
  /** Null when nobody has to consent. */
  readonly consent: ConsentNeeded | null;
  readonly resource: string;
  readonly resourceKind: string;
  readonly role: string;
  readonly durationMs: number;
  readonly reason: string;
  readonly ticket: string | null;
  readonly incident: string | null;
  readonly origin: Origin | null;
  readonly policy: string;
  readonly policyVersion: string;
  readonly explanation: string;
  readonly approval: Approval;
  /** How long it stands while it is pending. */
  readonly withinMs: number;
  /** The same key of the same requester gives the same request. */
  readonly idempotencyKey: string;
}

/**
 * @returns the request as it stands now: that of an earlier call with the same key, if there was one
 * @throws AppError `frozen` for one that would be granted at once
 */
export async function placeRequest(
  context: AccessContext,
  db: Database,
  input: { request: PlacedRequest; at: Date },
): Promise<RequestRow> {
  const { request, at } = input;
  const idempotencyKey = `${request.requesterId}:${request.idempotencyKey}`;
  const atOnce = request.approval.kind !== 'votes' && !isConsentMissing(request);
  // Before the rows: a freeze waits for whoever has asked, and they must not wait for each other.
  const frozen = atOnce ? await refusalWhileFrozen(db) : null;
  const { id, isNew } = await insert(context, db, { request, idempotencyKey, at });
  const read = async (): Promise<RequestRow> => {
    const row = await findRequestByKey(db, { idempotencyKey });
    if (row === null) throw new AppError('internal', 'the request was not stored');
    return row;
  };
  if (!isNew) return read();
  if (frozen !== null) throw frozen;
  await recordEvent(db, {
    at,
    type: 'request.created',
    actorId: request.requesterId,
    subject: id,
    data: factsOf(request),
  });
  const settled = atOnce && (await approveAtOnce(context, db, { request: await read(), at }));
  if (!settled) await askForItsJobs(db, await read(), at);
  await askForJob(db, { job: 'sync-card', payload: { subject: 'request', id } }, { now: at });
  return read();
}

async function insert(
  context: AccessContext,
  db: Database,
  input: { request: PlacedRequest; idempotencyKey: string; at: Date },
): Promise<{ id: string; isNew: boolean }> {
  const { idempotencyKey, at } = input;
  const { extension, withinMs, approval, consent, ...request } = input.request;
  const id = newId(context, 'r');
  const terms = approval.kind === 'votes' ? approval : null;
  const isNew = await insertRequest(db, {
    ...request,
    id,
    approval,
    idempotencyKey,
    consentFrom: consent?.from ?? null,
    consentedById: consent?.givenById ?? null,
    consentedAt: consent === null || consent.givenById === null ? null : at,
    extendsId: extension?.grantId ?? null,
    extendUntil: extension?.until ?? null,
    remindAt: dueWithin(at, terms?.remindAfterMs, withinMs),
    escalateAt: dueWithin(at, terms?.escalation?.afterMs, withinMs),
    createdAt: at,
    lapsesAt: after(at, withinMs),
  });
  return { id, isNew };
}

function isConsentMissing({ consent }: PlacedRequest): boolean {
  return consent !== null && consent.givenById === null;
}

/** Nobody is reminded of a request that has lapsed. */
function dueWithin(at: Date, afterMs: number | undefined, withinMs: number): Date | null {
  return afterMs === undefined || afterMs >= withinMs ? null : after(at, afterMs);
}

async function askForItsJobs(db: Database, request: RequestRow, now: Date): Promise<void> {
  const payload = { requestId: request.id };
  await askForJob(db, { job: 'expire-request', payload }, { now, runAt: request.lapsesAt });
  if (request.remindAt != null)
    await askForJob(db, { job: 'remind-request', payload }, { now, runAt: request.remindAt });
  if (request.escalateAt != null)
    await askForJob(db, { job: 'escalate-request', payload }, { now, runAt: request.escalateAt });
}

function factsOf(request: PlacedRequest): Record<string, string | number | null> {
  const { kind, resource, role, durationMs, policy, policyVersion } = request;
  const other = request.beneficiaryId === request.requesterId ? {} : { beneficiary: request.beneficiaryId };
  const extended = request.extension === null ? {} : { extends: request.extension.grantId };
  const again = request.againOfId === null ? {} : { againOf: request.againOfId };
  return { kind, resource, role, durationMs, policy, policyVersion, ...other, ...extended, ...again };
}
