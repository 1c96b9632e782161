/** How a pending request ends without votes: it is taken back, nobody decides in time, or it is not given any more. */
import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { RequestRow } from '../store/entities/access.ts';
import type { Database } from '../store/open-store.ts';
import { findGrant } from '../store/operations/grants.ts';
import { closeRequest, findRequest, lockRequest, moveRequest } from '../store/operations/requests.ts';
import type { AccessContext } from './context.ts';
import { requestViews } from './read-views.ts';
import { askForJob, recordEvent } from './record.ts';
import type { RequestView } from './views.ts';

/** @throws AppError `forbidden` unless it is the requester's own, `conflict` when it is decided, `not_found` */
export async function cancelRequest(
  context: AccessContext,
  input: { requestId: string; by: Identity },
): Promise<RequestView> {
  const now = context.clock.now();
  return context.store.transaction(async (db) => {
    const request = await lockRequest(db, { id: input.requestId });
    if (request === null) throw new AppError('not_found', `There is no request ${input.requestId}.`);
    const refusal = refusalToCancel(request, input.by);
    if (refusal !== null) throw refusal;
    await moveRequest(db, { id: request.id, to: 'cancelled', at: now });
    await recordEvent(db, { at: now, type: 'request.cancelled', actorId: input.by.id, subject: request.id });
    await askForJob(db, { job: 'sync-card', payload: { subject: 'request', id: request.id } }, { now });
    const row = await findRequest(db, { id: request.id });
    const [view] = await requestViews(db, row === null ? [] : [row]);
    if (view === undefined) throw new AppError('internal', 'the request could not be read back');
    return view;
  });
}

/** Null for the requester of a request that is open. */
export function refusalToCancel(request: RequestRow, by: Identity): AppError | null {
  if (request.requester.id !== by.id) {
    return new AppError('forbidden', 'Only the requester can cancel a request. To refuse it, deny it.');
  }
  if (request.state === 'pending') return null;
  return new AppError('conflict', `Request ${request.id} is ${request.state} already.`);
}

/** Lapses a pending request whose time is over, or that asks for more of what has ended. Idempotent. @returns true if this call did it */
export async function expireRequest(context: AccessContext, input: { requestId: string }): Promise<boolean> {
  const now = context.clock.now();
  return context.store.transaction(async (db) => {
    const request = await lockRequest(db, { id: input.requestId });
    if (request === null || request.state !== 'pending') return false;
    if (request.lapsesAt > now && !(await isPointless(db, request))) return false;
    await moveRequest(db, { id: request.id, to: 'expired', at: now });
    await recordEvent(db, { at: now, type: 'request.expired', actorId: null, subject: request.id });
    await askForJob(db, { job: 'sync-card', payload: { subject: 'request', id: request.id } }, { now });
    return true;
  });
}

/**
 * Ends a pending request that is not given any more, and has whoever asked told. The caller holds its row lock.
 * @param input.byId who takes it away; null where the policy does
 * @returns true if this call did it
 */
export async function closeAsDenied(
  db: Database,
  input: { request: Pick<RequestRow, 'id'>; because: string; byId: string | null; at: Date },
): Promise<boolean> {
  const { request, because, byId, at } = input;
  const { id } = request;
  if (!(await closeRequest(db, { id, because, byId, at }))) return false;
  await recordEvent(db, {
    at,
    type: 'request.denied',
    actorId: byId,
    subject: id,
    data: { closed: true, because },
  });
  await askForJob(db, { job: 'sync-card', payload: { subject: 'request', id } }, { now: at });
  await askForJob(db, { job: 'sync-card', payload: { subject: 'closing', id } }, { now: at });
  return true;
}

/** An extension of what has ended by now. */
async function isPointless(db: Database, { extendsId }: RequestRow): Promise<boolean> {
  if (extendsId == null) return false;
  const grant = await findGrant(db, { id: extendsId });
  return grant?.state !== 'active';
}
