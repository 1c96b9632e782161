/** What a responder does: takes the grant away. The session has to end, and none may begin. */
import { messageOf } from '../../../core/errors.ts';
import { GRANT } from '../../../web/schemas/grants.ts';
import type { Drill, DrillStep, StolenAccess } from '../drill.ts';
import { loggedCheck } from '../evidence.ts';
import { type Check, failedCheck, timedCheck } from '../model.ts';
import { connectAsThief } from '../stolen-connection.ts';
import { openStolenSession } from '../stolen-sessions.ts';

const PATIENCE_MS = 15_000;

export const REVOKE: DrillStep = {
  name: 'revoke',
  title: 'The grant is revoked while it is used',
  expected: 'the session ends, and no other one begins',
  needsAccess: true,
  run: async (drill) => {
    const { access } = drill;
    const session = await openStolenSession(drill);
    const since = performance.now();
    if (access !== null) await revoke(drill, access.grantId);
    const ended = await endedWithin(session.ended);
    await session.close();
    const { stoppedMs } = drill.plan.limits;
    const checks = [
      ended === null
        ? failedCheck('stopped', `THE SESSION LIVES ON after ${PATIENCE_MS} ms`)
        : timedCheck('stopped', { text: 'the session ended', afterMs: ended - since, withinMs: stoppedMs }),
      ...(access === null ? [] : [await tryAgain(drill, access)]),
      loggedCheck(drill, { subject: access?.grantId ?? '', type: 'grant.revoked', since }),
      loggedCheck(drill, { subject: session.id, type: 'session.ended', since }),
    ];
    return { checks, sessions: [session.id] };
  },
};

/** @throws AppError as the API */
export async function revoke({ overseer, deployment, plan }: Drill, grantId: string): Promise<void> {
  const path = `/grants/${encodeURIComponent(grantId)}/revoke`;
  // Its card shows the reason to everybody.
  const reason = plan.announced ? `drill ${deployment.id}` : 'not needed any more';
  await overseer.post(path, GRANT, { reason });
}

async function tryAgain(drill: Drill, { connection }: StolenAccess): Promise<Check> {
  if (connection.kind !== 'postgres') return failedCheck('stopped', 'it is no database');
  const begun = performance.now();
  try {
    const again = await connectAsThief(connection, drill.signal);
    await again.close();
    return failedCheck('stopped', 'NOT STOPPED: the same secret opens another session');
  } catch (error) {
    const afterMs = Math.round(performance.now() - begun);
    const text = `the same secret opens no other session: ${messageOf(error)}`;
    return { what: 'stopped', verdict: 'passed', text, afterMs };
  }
}

async function endedWithin(ended: Promise<number>): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), PATIENCE_MS);
  return Promise.race([ended, promise]).finally(() => clearTimeout(timer));
}
