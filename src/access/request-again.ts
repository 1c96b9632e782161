import { AppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { Origin } from '../core/request.ts';
import { personOf } from '../identity/persons.ts';
import type { RequestRow } from '../store/entities/access.ts';
import type { IdentityRow } from '../store/entities/identity.ts';
import type { Database } from '../store/open-store.ts';
import { listGrantsOfRequests } from '../store/operations/grants.ts';
import { isOpenIncident, listIncidentsNamed } from '../store/operations/incidents.ts';
import { findRequest } from '../store/operations/requests.ts';
import { findWorkload } from './beneficiary.ts';
import type { AccessContext } from './context.ts';
import { requestAccess } from './request-access.ts';
import type { RequestView } from './views.ts';

/**
 * Asks for the same once more: as the policy is now, with the same words, for the same holder, about the same
 * incident as long as that is open.
 * @throws AppError `forbidden` unless it was made by or for the asker, `conflict` while the first is open or its
 *   grant lives, `invalid_input` for extensions and break-glass, `not_found`, and what `requestAccess` throws
 */
export async function requestAgain(
  context: AccessContext,
  input: { requestId: string; by: Identity; idempotencyKey: string; origin: Origin | null },
): Promise<RequestView> {
  const { requestId, by, idempotencyKey, origin } = input;
  const db = context.store.read();
  const before = await findRequest(db, { id: requestId });
  if (before === null) throw new AppError('not_found', `There is no request ${requestId.slice(0, 40)}.`);
  const refusal = await refusalToAskAgain(db, { request: before, by });
  if (refusal !== null) throw refusal;
  const holder = by.id === before.beneficiary.id ? null : await holderNow(context, before.beneficiary);
  return requestAccess(context, {
    requester: by,
    beneficiary: holder,
    resource: before.resource,
    role: before.role,
    durationMs: before.durationMs,
    reason: before.reason,
    ticket: before.ticket ?? null,
    incident: await incidentNow(context, before.incident ?? null),
    origin,
    againOf: before.id,
    idempotencyKey,
  });
}

/** Why this person does not ask for the same once more, whatever the policy says; null when they may. */
export async function refusalToAskAgain(
  db: Database,
  input: { request: RequestRow; by: Identity },
): Promise<AppError | null> {
  const { request, by } = input;
  if (by.id !== request.requester.id && by.id !== request.beneficiary.id) {
    const text = 'Only who made a request, or for whom it was, can ask for it once more.';
    return new AppError('forbidden', text);
  }
  if (request.kind !== 'access') {
    return new AppError('invalid_input', `${request.id} was not an ordinary request. Make a new one.`);
  }
  if (request.state === 'pending') {
    return new AppError('conflict', `Request ${request.id} is still open.`);
  }
  const grants = await listGrantsOfRequests(db, { requestIds: [request.id], extendedIds: [] });
  const live = grants.find(({ state }) => state === 'issuing' || state === 'active');
  if (live === undefined) return null;
  return new AppError('conflict', `Grant ${live.id} of this request is still there. Extend it instead.`);
}

/** Null for one that was closed since: what is asked for once more is not about it. */
async function incidentNow(
  { store }: Pick<AccessContext, 'store'>,
  name: string | null,
): Promise<string | null> {
  if (name === null || (await isOpenIncident(store.read(), { name }))) return name;
  const [closed] = await listIncidentsNamed(store.read(), { name, limit: 1 });
  return closed === undefined ? name : null;
}

async function holderNow(context: AccessContext, beneficiary: IdentityRow): Promise<Identity> {
  return beneficiary.kind === 'person'
    ? personOf(beneficiary)
    : findWorkload(context, { named: beneficiary.name });
}
