import { findPolicyChange, findPolicyText, savePolicyImpact } from '../store/operations/policy-changes.ts';
import type { AccessContext } from './context.ts';
import type { StatementArchive } from './ports.ts';
import { askForJob } from './record.ts';
import { simulatePolicy } from './simulate-policy.ts';

/** What those who decide about a change are shown: a month, in as much time as they can be made to wait. */
const SINCE_MS = 30 * 86_400_000;
const TIME_MS_MAX = 60_000;

/**
 * Works out what a change that waits for votes would have decided differently, for its card. Idempotent.
 * @returns false when there is nothing to work out any more
 */
export async function weighPolicyChange(
  context: AccessContext,
  input: { changeId: string; archive: StatementArchive },
): Promise<boolean> {
  const { changeId: id, archive } = input;
  const db = context.store.read();
  const change = await findPolicyChange(db, { id });
  if (change === null || change.state !== 'pending' || change.impactAt != null) return false;
  const text = await findPolicyText(db, { version: change.version });
  if (text === null) return false;
  const steps = simulatePolicy(context, {
    text,
    sinceMs: SINCE_MS,
    viewer: null,
    archive,
    timeMaxMs: TIME_MS_MAX,
  });
  let step = await steps.next();
  while (step.done !== true) step = await steps.next();
  const impact = step.value;
  const now = context.clock.now();
  return context.store.transaction(async (transaction) => {
    if (!(await savePolicyImpact(transaction, { id, impact, at: now }))) return false;
    await askForJob(transaction, { job: 'sync-card', payload: { subject: 'policy-change', id } }, { now });
    return true;
  });
}
