/** The whole of a drill: its steps in their order, what is looked for meanwhile, and tidying up whatever happens. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../core/errors.ts';
import type { Acted, Drill, DrillStep } from './drill.ts';
import { countVerdicts, type DrillReport, type StepReport, unknownCheck, worstOf } from './model.ts';
import { sayHowItEnded } from './say-how-it-ended.ts';
import { CHECK_RECORDINGS } from './steps/check-recordings.ts';
import { DROP_CANARY } from './steps/drop-canary.ts';
import { FORGED_TOKENS } from './steps/forged-tokens.ts';
import { GO_AROUND } from './steps/go-around.ts';
import { HOST_COMMAND } from './steps/host-command.ts';
import { READ_IN_BULK } from './steps/read-in-bulk.ts';
import { READ_MASKED } from './steps/read-masked.ts';
import { REVOKE, revoke } from './steps/revoke.ts';
import { TAKE_ACCESS } from './steps/take-access.ts';

/** The grant is revoked behind all that uses it, and recordings are looked at when nothing is added. */
const STEPS: readonly DrillStep[] = [
  FORGED_TOKENS,
  TAKE_ACCESS,
  READ_MASKED,
  READ_IN_BULK,
  DROP_CANARY,
  GO_AROUND,
  HOST_COMMAND,
  REVOKE,
  CHECK_RECORDINGS,
];

/**
 * @param of.onProgress hears what is done now, and each step as it is judged
 * @returns also when it was interrupted: what was not judged is unknown then
 */
export async function runDrill(
  drill: Drill,
  of: { readonly server: string; readonly onProgress: (line: string) => void },
): Promise<DrillReport> {
  const startedAt = new Date();
  const begun = performance.now();
  const judging: Promise<StepReport>[] = [];
  for (const step of STEPS) {
    of.onProgress(`${step.title}…`);
    const acted = await act(drill, step);
    judging.push(judge(step, acted));
  }
  of.onProgress('Waiting for what is told…');
  await tidyUp(drill);
  const steps = await Promise.all(judging);
  const counts = countVerdicts(steps);
  const held = counts.failed === 0 && counts.unknown === 0;
  const outcome = drill.signal.aborted ? 'interrupted' : held ? 'passed' : 'failed';
  const { passed, failed, unknown } = counts;
  await sayHowItEnded(drill, { outcome, passed, failed, unknown });
  return {
    drill: drill.deployment.id,
    server: of.server,
    resource: drill.plan.resource,
    workload: drill.workload,
    startedAt: startedAt.toISOString(),
    tookMs: Math.round(performance.now() - begun),
    limitsMs: drill.plan.limits,
    outcome,
    counts,
    steps,
  };
}

async function act(drill: Drill, step: DrillStep): Promise<Acted> {
  const { plan, signal } = drill;
  if (plan.skip.includes(step.name))
    return { checks: [{ what: 'tried', verdict: 'skipped', text: '--skip', afterMs: null }], sessions: [] };
  if (signal.aborted) return { checks: [unknownCheck('tried', 'it was interrupted before')], sessions: [] };
  if (step.needsAccess && drill.access === null)
    return { checks: [unknownCheck('tried', 'there was no access to try it with')], sessions: [] };
  const { promise: stopped, resolve } = Promise.withResolvers<Acted>();
  const stop = (): void => resolve({ checks: [unknownCheck('tried', 'it was interrupted')], sessions: [] });
  signal.addEventListener('abort', stop, { once: true });
  const acted = step
    .run(drill)
    .catch((error: unknown): Acted => ({ checks: [unknownCheck('tried', messageOf(error))], sessions: [] }));
  return Promise.race([acted, stopped]).finally(() => signal.removeEventListener('abort', stop));
}

async function judge({ name, title, expected }: DrillStep, acted: Acted): Promise<StepReport> {
  const checks = await Promise.all(acted.checks);
  return { name, title, expected, verdict: worstOf(checks), checks, sessions: acted.sessions };
}

const TIDYING_MS = 10_000;

/** What was taken is given back, also by a drill that did not come to revoking it. */
async function tidyUp(drill: Drill): Promise<void> {
  const revoked = Promise.allSettled(drill.taken.map((grantId) => revoke(drill, grantId)));
  await Promise.race([revoked, sleep(TIDYING_MS, null, { ref: false })]);
}
