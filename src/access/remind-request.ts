/** What happens by itself while a request waits: its approvers are reminded, then others are asked as well. */
import { groupClaim } from '../core/claim.ts';
import type { Seat, VotesApproval } from '../core/request.ts';
import type { RequestRow } from '../store/entities/access.ts';
import type { Database } from '../store/open-store.ts';
import { lockRequest, noteEscalation, noteReminder } from '../store/operations/requests.ts';
import type { AccessContext } from './context.ts';
import { askForJob, recordEvent } from './record.ts';

/**
 * Reminds those who may decide about a request that waits. What is posted is a card of its own, rendered from
 * the state, so it is posted once.
 * @returns true if this call did it
 */
export async function remindRequest(context: AccessContext, input: { requestId: string }): Promise<boolean> {
  const at = context.clock.now();
  return context.store.transaction(async (db) => {
    const request = await lockRequest(db, { id: input.requestId });
    if (!isDue(request, { when: request?.remindAt, done: request?.remindedAt, at })) return false;
    if (!(await noteReminder(db, { id: request.id, at }))) return false;
    await recordEvent(db, { at, type: 'request.reminded', actorId: null, subject: request.id });
    await showAll(db, { request, subject: 'reminder', at });
    return true;
  });
}

/**
 * From now on members of the policy's escalation group may fill any seat.
 * @returns true if this call did it
 */
export async function escalateRequest(
  context: AccessContext,
  input: { requestId: string },
): Promise<boolean> {
  const at = context.clock.now();
  return context.store.transaction(async (db) => {
    const request = await lockRequest(db, { id: input.requestId });
    if (!isDue(request, { when: request?.escalateAt, done: request?.escalatedAt, at })) return false;
    const { approval } = request;
    if (approval.kind !== 'votes' || approval.escalation === undefined) return false;
    const { group } = approval.escalation;
    if (!(await noteEscalation(db, { id: request.id, approval: opened(approval, group), at }))) return false;
    await recordEvent(db, {
      at,
      type: 'request.escalated',
      actorId: null,
      subject: request.id,
      data: { group },
    });
    await showAll(db, { request, subject: 'escalation', at });
    return true;
  });
}

function isDue(
  request: RequestRow | null,
  due: { when: Date | null | undefined; done: Date | null | undefined; at: Date },
): request is RequestRow {
  const { when, done, at } = due;
  return (
    request !== null &&
    request.state === 'pending' &&
    request.lapsesAt > at &&
    done == null &&
    when != null &&
    when <= at
  );
}

function opened(approval: VotesApproval, group: string): VotesApproval {
  const claim = groupClaim(group);
  const open = (seat: Seat): Seat =>
    seat.anyOf.includes(claim) ? seat : { ...seat, anyOf: [...seat.anyOf, claim] };
  return { ...approval, seats: approval.seats.map(open) };
}

async function showAll(
  db: Database,
  { request, subject, at }: { request: RequestRow; subject: 'reminder' | 'escalation'; at: Date },
): Promise<void> {
  const { id } = request;
  await askForJob(db, { job: 'sync-card', payload: { subject: 'request', id } }, { now: at });
  await askForJob(db, { job: 'sync-card', payload: { subject, id } }, { now: at });
}
