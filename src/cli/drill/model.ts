/** What a drill finds out, in the terms of its report. */

/**
 * `unknown`: it was to be judged and could not be, which is no pass. `noted`: nothing that has to be stopped, and worth
 * knowing. `skipped`: nobody asked for it.
 */
export type DrillVerdict = 'passed' | 'noted' | 'skipped' | 'unknown' | 'failed';

/** From the best to the worst; a step is as bad as the worst of its checks. */
const BY_WEIGHT: readonly DrillVerdict[] = ['skipped', 'passed', 'noted', 'unknown', 'failed'];

/** What is looked at after an act. */
type CheckedThing = 'stopped' | 'target' | 'recorded' | 'logged' | 'alerted' | 'tried';

export interface Check {
  readonly what: CheckedThing;
  readonly verdict: DrillVerdict;
  /** What happened, in a sentence without the values of anything. */
  readonly text: string;
  /** From the act until it was seen; null where no time was taken. */
  readonly afterMs: number | null;
}

export interface StepReport {
  readonly name: string;
  readonly title: string;
  readonly expected: string;
  readonly verdict: DrillVerdict;
  readonly checks: readonly Check[];
  /** Ids, to open them. */
  readonly sessions: readonly string[];
}

export interface DrillLimits {
  /** From an act until it was stopped, or its session ended. */
  readonly stoppedMs: number;
  /** Until the recording and the audit log show it. */
  readonly recordedMs: number;
  /** Until somebody was told. */
  readonly alertedMs: number;
}

export interface DrillReport {
  readonly drill: string;
  readonly server: string;
  readonly resource: string;
  readonly workload: string;
  readonly startedAt: string;
  readonly tookMs: number;
  readonly limitsMs: DrillLimits;
  readonly outcome: 'passed' | 'failed' | 'interrupted';
  readonly counts: Readonly<Record<DrillVerdict, number>>;
  readonly steps: readonly StepReport[];
}

export function worstOf(checks: readonly Pick<Check, 'verdict'>[]): DrillVerdict {
  const worst = Math.max(0, ...checks.map(({ verdict }) => BY_WEIGHT.indexOf(verdict)));
  return BY_WEIGHT[worst] ?? 'unknown';
}

export function countVerdicts(steps: readonly StepReport[]): DrillReport['counts'] {
  const countOf = (wanted: DrillVerdict): number => steps.filter(({ verdict }) => verdict === wanted).length;
  return {
    passed: countOf('passed'),
    noted: countOf('noted'),
    skipped: countOf('skipped'),
    unknown: countOf('unknown'),
    failed: countOf('failed'),
  };
}

/** A check on something that took `afterMs`, which may be no more than `withinMs`. */
export function timedCheck(
  what: CheckedThing,
  seen: { readonly text: string; readonly afterMs: number; readonly withinMs: number },
): Check {
  const { text, withinMs } = seen;
  const afterMs = Math.round(seen.afterMs);
  if (afterMs <= withinMs) return { what, verdict: 'passed', text, afterMs };
  return { what, verdict: 'failed', text: `${text}, but later than within ${withinMs} ms`, afterMs };
}

export function unknownCheck(what: CheckedThing, text: string): Check {
  return { what, verdict: 'unknown', text, afterMs: null };
}

export function failedCheck(what: CheckedThing, text: string): Check {
  return { what, verdict: 'failed', text, afterMs: null };
}
