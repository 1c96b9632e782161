/** Counts what a simulation finds, grouped, in bounded memory. */
import type { ImpactGroup, PolicyImpact, SimulatedChange, SimulatedCount } from '../core/policy-impact.ts';

const GROUPS_SHOWN_MAX = 50;
/** Kinds of change; rules and policies are at most a few thousand, and few of them change. */
const GROUPS_KEPT_MAX = 5_000;

type Subject = SimulatedChange['subject'];
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export class ImpactTally {
  readonly #counts: Record<Subject, Mutable<SimulatedCount>> = {
    request: { compared: 0, changed: 0, skipped: 0 },
    statement: { compared: 0, changed: 0, skipped: 0 },
  };
  readonly #groups = new Map<string, Mutable<ImpactGroup>>();
  readonly #notes = new Map<string, number>();

  /** One was looked at. @param changes what would be decided differently, if anything */
  noteCompared(subject: Subject, changes: readonly SimulatedChange[], times = 1): void {
    this.#counts[subject].compared += times;
    if (changes.length > 0) this.#counts[subject].changed += 1;
    for (const change of changes) this.#group(change);
  }

  /** @param why in words that go behind a number */
  noteSkipped(subject: Subject, { why, times = 1 }: { why: string; times?: number }): void {
    this.#counts[subject].skipped += times;
    this.remark(why, times);
  }

  /** Something beside the counts. @param what in words that go behind a number */
  remark(what: string, times = 1): void {
    this.#notes.set(what, (this.#notes.get(what) ?? 0) + times);
  }

  impact(
    of: Pick<PolicyImpact, 'version' | 'baseVersion' | 'sinceMs'>,
    notes: readonly string[],
  ): PolicyImpact {
    const groups = [...this.#groups.values()].sort((one, other) => other.count - one.count);
    return {
      ...of,
      requests: { ...this.#counts.request },
      statements: { ...this.#counts.statement },
      groups: groups.slice(0, GROUPS_SHOWN_MAX),
      notes: [...[...this.#notes].map(([why, times]) => `${times} ${why}`), ...notes],
    };
  }

  #group(change: SimulatedChange): void {
    const { subject, from, to, because } = change;
    const key = JSON.stringify([subject, from, to, because]);
    const known = this.#groups.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#groups.size < GROUPS_KEPT_MAX) {
      this.#groups.set(key, { subject, from, to, because, count: 1, example: exampleOf(change) });
    }
  }
}

function exampleOf(change: SimulatedChange): string {
  return change.subject === 'request' ? change.requestId : `${change.sessionId} #${change.statement}`;
}
