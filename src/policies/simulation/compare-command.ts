/**
 * Whether two policies decide about what is recorded of one session with a host alike: commands, files and forwards, by
 * role and rules. What came back, what masks cover in it and what was typed into a raw terminal are not judged, and
 * variables that clients set count as they did then.
 */
import type { DecisionChange, SimulatedOutcome } from '../../core/policy-impact.ts';
import { commandSummary } from '../analyzers/shell/command-summary.ts';
import type { PolicyDocument } from '../document/schema.ts';
import { decideOnHost, type FoundOnHost, isCommand } from '../rules/decide-on-host.ts';
import { type HostPolicy, hostPolicy } from '../rules/host-policy.ts';
import { foundWhenRecorded } from './replayed-command.ts';
import type { ReplayedStatement } from './replayed-statement.ts';
import type { SessionComparison } from './session-comparison.ts';

interface Outcome {
  readonly outcome: SimulatedOutcome;
  readonly because: string;
  readonly reason: string;
  /** Whoever would be asked, for a held one. */
  readonly asks: string;
}

export class CommandComparison implements SessionComparison {
  readonly skippedBecause = 'they are too long, or their recordings do not tell which programs ran';
  readonly #roleName: string;
  /** Null where the policy has no such host or role. */
  readonly #before: HostPolicy | null;
  readonly #after: HostPolicy | null;

  constructor(
    documents: { readonly before: PolicyDocument; readonly after: PolicyDocument },
    session: { readonly resource: string; readonly role: string },
  ) {
    this.#roleName = session.role;
    this.#before = hostPolicy(documents.before, session);
    this.#after = hostPolicy(documents.after, session);
  }

  get isSame(): boolean {
    return JSON.stringify(this.#before) === JSON.stringify(this.#after);
  }

  get remark(): string | null {
    return [this.#before, this.#after].some((applies) => applies?.role.shell === 'raw')
      ? 'sessions could have a raw terminal: what is typed there is not judged, so it was not looked at'
      : null;
  }

  compare(statement: ReplayedStatement): readonly DecisionChange[] | null {
    // The broker refused it before any policy was asked, and would again.
    if (statement.analysis.length === 0) return [];
    const found = foundWhenRecorded(statement);
    if (found === null) return null;
    const was = this.#outcome(this.#before, found);
    const would = this.#outcome(this.#after, found);
    if (was.outcome === would.outcome && was.asks === would.asks) return [];
    const { outcome: to, because, reason } = would;
    return [{ from: was.outcome, to, because: because === '' ? was.because : because, reason }];
  }

  withoutValues(statement: ReplayedStatement): string {
    const found = foundWhenRecorded(statement);
    return found === null || isCommand(found) ? commandSummary(found) : statement.text;
  }

  #outcome(applies: HostPolicy | null, found: FoundOnHost): Outcome {
    if (applies === null) {
      const reason = 'The policy has no such host or role, so there would be no session.';
      return { outcome: 'refused', because: '', reason, asks: '' };
    }
    // Where the broker listens was another matter at that time.
    const verdict = decideOnHost({ found, applies, roleName: this.#roleName, brokerAddresses: [] });
    const { action, reason, rule } = verdict;
    const because = rule ?? '';
    if (action === 'review')
      return { outcome: 'held', because, reason, asks: JSON.stringify(verdict.approval) };
    return { outcome: action === 'deny' ? 'denied' : 'allowed', because, reason, asks: '' };
  }
}
