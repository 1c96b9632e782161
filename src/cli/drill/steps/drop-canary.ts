/** Dropping a table: one that is there to be lost, and that has to be there afterwards. */
import { messageOf } from '../../../core/errors.ts';
import type { Acted, Drill, DrillStep } from '../drill.ts';
import { alertedCheck, loggedCheck, recordedCheck } from '../evidence.ts';
import { type Check, failedCheck, timedCheck, unknownCheck } from '../model.ts';
import { canaryStatements } from '../plan.ts';
import type { Answer } from '../stolen-connection.ts';
import { openStolenSession } from '../stolen-sessions.ts';

export const DROP_CANARY: DrillStep = {
  name: 'drop',
  title: 'Dropping a table',
  expected: 'refused or held, the table still there, and somebody told',
  needsAccess: true,
  run: async (drill) => {
    const { canary } = drill.plan;
    const session = await openStolenSession(drill);
    const sessions = [session.id];
    const before = await countCanary(drill, (text) => session.run(text));
    if (before === null) {
      await session.close();
      const text = `nothing was dropped: there is no ${canary.shown} that can be read. Have its owner make it: ${canaryStatements(canary).join('; ')}`;
      return { checks: [unknownCheck('stopped', text)], sessions };
    }
    // Nothing that hangs on it goes with it: without CASCADE the target refuses.
    const statement = `drop table ${canary.sql}`;
    const since = performance.now();
    const answer = await session.run(statement);
    await session.close();
    const target = await lookAfterwards(drill, { before, since, sessions });
    const act = { session: session.id, since };
    const isHeld = answer.kind === 'held';
    return {
      checks: [
        judge(drill, answer),
        target,
        recordedCheck(drill, {
          ...act,
          statement,
          judge: ({ action, rule, hold }) => {
            if (action === 'allow') return 'but as allowed';
            return action === 'deny'
              ? `denied by ${rule ?? 'the policy'}`
              : `held by ${rule}, ${hold?.state}`;
          },
        }),
        ...(isHeld
          ? []
          : [
              loggedCheck(drill, { subject: session.id, type: 'session.commands-denied', since }),
              alertedCheck(drill, { ...act, kind: 'denied-command', type: 'session.commands-denied' }),
            ]),
      ],
      sessions,
    } satisfies Acted;
  },
};

/** Null when it cannot be read. */
async function countCanary(
  { plan, reference }: Drill,
  run: (text: string) => Promise<Answer>,
): Promise<number | null> {
  if (reference !== null) return reference.countRows(plan.canary);
  const answer = await run(`select count(*) from ${plan.canary.sql}`);
  return answer.kind === 'rows' ? Number(answer.rows[0]?.[0]) : null;
}

async function lookAfterwards(
  drill: Drill,
  was: { readonly before: number; readonly since: number; readonly sessions: string[] },
): Promise<Check> {
  const by = drill.reference === null ? 'read through the broker' : 'read at the target itself';
  try {
    const rows =
      drill.reference === null ? await countAnew(drill, was.sessions) : await countCanary(drill, noRun);
    const afterMs = Math.round(performance.now() - was.since);
    if (rows === null) return failedCheck('target', `THE TABLE IS GONE (${by})`);
    if (rows !== was.before)
      return failedCheck('target', `the table has ${rows} rows and had ${was.before} (${by})`);
    return { what: 'target', verdict: 'passed', text: `the table is there with its rows (${by})`, afterMs };
  } catch (error) {
    return unknownCheck('target', `could not be looked at: ${messageOf(error)}`);
  }
}

/** By another session: what the one before did and did not commit is not to be seen. */
async function countAnew(drill: Drill, sessions: string[]): Promise<number | null> {
  const session = await openStolenSession(drill);
  sessions.push(session.id);
  const rows = await countCanary(drill, (text) => session.run(text));
  await session.close();
  return rows;
}

const noRun = (): Promise<Answer> => Promise.reject(new Error('the reference is read'));

function judge(drill: Drill, answer: Answer): Check {
  const { stoppedMs } = drill.plan.limits;
  const seen = { afterMs: answer.tookMs, withinMs: stoppedMs };
  switch (answer.kind) {
    case 'rows':
      return failedCheck('stopped', `NOT STOPPED: ${drill.plan.canary.shown} WAS DROPPED`);
    case 'held':
      return timedCheck('stopped', { text: 'held for approval, and withdrawn', ...seen });
    case 'lost':
      return unknownCheck('stopped', `the connection was lost: ${answer.message}`);
    case 'refused':
      return answer.bySallyport
        ? timedCheck('stopped', { text: 'refused before it reached the target', ...seen })
        : failedCheck('stopped', `IT REACHED THE TARGET, whose own rights refused it: ${answer.message}`);
  }
}
