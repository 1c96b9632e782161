import { expireRequest } from '../access/close-request.ts';
import { expireHold } from '../access/decide-hold.ts';
import { expireGrant } from '../access/end-grant.ts';
import { dropEphemeralRole } from '../access/ephemeral-role.ts';
import { issueGrant } from '../access/issue-grant.ts';
import { endLostSessions, sealLeftRecordings } from '../access/run-session.ts';
import { findOverdue } from '../access/sweep.ts';
import { messageOf } from '../core/errors.ts';
import type { JobDefinition } from './job.ts';

/**
 * Does from the stored state whatever a lost job would have done. One thing that cannot be done does
 * not keep the rest from being done; the failures are reported together at the end.
 */
export const sweep: JobDefinition = {
  queue: 'upkeep',
  everyMs: 5_000,
  run: async ({ access, publisher, preparer, recovery, roles }) => {
    const failures: string[] = [];
    const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        failures.push(`${what}: ${messageOf(error)}`);
      }
    };
    await attempt('lost sessions', () => endLostSessions(access, { recovery }));
    for (const { sessionId, reason } of await sealLeftRecordings(access, { recovery })) {
      failures.push(`recording of session ${sessionId}: ${reason}`);
    }
    const overdue = await findOverdue(access);
    for (const requestId of overdue.lapsedRequests) {
      await attempt(`request ${requestId}`, () => expireRequest(access, { requestId }));
    }
    for (const holdId of overdue.lapsedHolds) {
      await attempt(`hold ${holdId}`, () => expireHold(access, { holdId }));
    }
    for (const grantId of overdue.expiredGrants) {
      await attempt(`grant ${grantId}`, () => expireGrant(access, { grantId }));
    }
    for (const grantId of overdue.grantsToIssue) {
      await attempt(`grant ${grantId}`, () => issueGrant(access, { grantId, preparer }));
    }
    for (const { subject, id } of overdue.cards) {
      await attempt(`card of ${subject} ${id}`, () => publisher.syncCard(subject, id));
    }
    // Last: each may wait for a target that does not answer.
    for (const grantId of overdue.rolesToDrop) {
      await attempt(`role of grant ${grantId}`, () => dropEphemeralRole(access, { grantId, dropper: roles }));
    }
    if (failures.length > 0) throw new Error(`the sweep could not do everything: ${failures.join('; ')}`);
  },
};
