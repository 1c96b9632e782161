import type { DrillOutcome } from '../../core/drill.ts';
import { DRILL_ENDED } from '../../web/schemas/drills.ts';
import type { Drill } from './drill.ts';

/** In the audit log, and in chat where it was announced. */
export async function sayHowItEnded(
  { overseer, deployment }: Pick<Drill, 'overseer' | 'deployment'>,
  end: {
    readonly outcome: DrillOutcome;
    readonly passed: number;
    readonly failed: number;
    readonly unknown: number;
  },
): Promise<void> {
  const path = `/drills/${encodeURIComponent(deployment.id)}/end`;
  // The report stands by itself; the log then has a drill without an end.
  await overseer.post(path, DRILL_ENDED, end).catch(() => undefined);
}
