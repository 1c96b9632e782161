/** What whoever has the token is given: it asks, as its workload, and connects with what it gets. */
import { randomUUID } from 'node:crypto';
import { AppError, messageOf } from '../../../core/errors.ts';
import { GRANT, REVEALED_CONNECTION } from '../../../web/schemas/grants.ts';
import { REQUEST } from '../../../web/schemas/requests.ts';
import type { Drill, DrillStep, StolenAccess } from '../drill.ts';
import { eventually } from '../eventually.ts';
import { loggedCheck, recordedCheck } from '../evidence.ts';
import { type Check, unknownCheck } from '../model.ts';
import { openStolenSession } from '../stolen-sessions.ts';

/** Long enough for a drill, and over soon if it dies. */
const DURATION = '15m';
const ISSUED_WITHIN_MS = 30_000;
const HARMLESS = 'select 1';

export const TAKE_ACCESS: DrillStep = {
  name: 'access',
  title: 'Access with the stolen token',
  expected: 'what the policy gives the workload, in its name, recorded',
  needsAccess: false,
  run: async (drill) => {
    const begun = performance.now();
    try {
      const { resource, role } = drill.plan;
      drill.access = await takeAccess(drill, { resource, role });
      const session = await openStolenSession(drill);
      const afterMs = Math.round(performance.now() - begun);
      const since = performance.now();
      await session.run(HARMLESS);
      await session.close();
      const { grantId } = drill.access;
      const tried: Check = {
        what: 'tried',
        verdict: 'passed',
        text: `let in over TLS as ${drill.workload}, grant ${grantId}`,
        afterMs,
      };
      return {
        checks: [
          tried,
          recordedCheck(drill, {
            session: session.id,
            since,
            statement: HARMLESS,
            judge: ({ action }) => (action === 'allow' ? 'every statement' : 'denied'),
          }),
          loggedCheck(drill, { subject: session.id, type: 'session.started', since }),
          loggedCheck(drill, { subject: grantId, type: 'grant.revealed', since }),
        ],
        sessions: [session.id],
      };
    } catch (error) {
      drill.withoutAccess = messageOf(error);
      return { checks: [unknownCheck('tried', messageOf(error))], sessions: [] };
    }
  },
};

/**
 * Asks, and has the connection revealed.
 * @throws AppError as the API, `conflict` when people would have to approve it
 */
export async function takeAccess(
  drill: Drill,
  wanted: { readonly resource: string; readonly role: string | null },
): Promise<StolenAccess> {
  const { thief, plan, deployment, signal } = drill;
  const { resource, role } = wanted;
  const body = {
    resource,
    ...(role === null ? {} : { role }),
    duration: DURATION,
    reason: plan.because ?? `sallyport drill ${deployment.id}`,
  };
  const since = performance.now();
  const request = await thief.post('/requests', REQUEST, body, { 'idempotency-key': randomUUID() });
  const { id: requestId, grant } = request;
  if (request.state !== 'approved' || grant === null) {
    await thief.post(`/requests/${encodeURIComponent(requestId)}/cancel`, REQUEST);
    const text = `The token alone gives nothing: ${requestId} has to be approved by people, and was withdrawn. Play a workload that has access without them.`;
    throw new AppError('conflict', text);
  }
  drill.taken.push(grant.id);
  const path = `/grants/${encodeURIComponent(grant.id)}`;
  const ready = await eventually(
    async () => {
      const { state, problem } = await thief.get(path, GRANT);
      return state === 'active' ? { state } : `it is ${state}${problem === null ? '' : `: ${problem}`}`;
    },
    { since, withinMs: ISSUED_WITHIN_MS, signal },
  );
  if (ready.found === null)
    throw new AppError('unavailable', `Grant ${grant.id} was not prepared: ${ready.why}`);
  const connection = await thief.post(`${path}/reveal`, REVEALED_CONNECTION);
  return { requestId, grantId: grant.id, connection };
}
