/**
 * Limits on the bytes that leave a host, per statement, session or grant (`bytesOver` with the action `stop`). Rows
 * are what databases have: a limit on rows counts nothing here. Nothing that would exceed a limit is let through.
 */
import type { CommandRule } from '../../../policies/document/schema.ts';
import { EgressMeter, type EgressStop, type StatementEgress } from '../../egress.ts';
import { countingOf } from '../../egress-counting.ts';
import type { Judged } from '../../gate.ts';
import type { BrokerServices } from '../../services.ts';
import type { LiveSession } from '../../session.ts';
import type { HostInspection } from '../host-session.ts';

type Statement = Judged<HostInspection>;

export class HostEgress {
  readonly #services: BrokerServices;
  readonly #live: LiveSession;
  readonly #onStop: (stop: EgressStop) => void;
  readonly #meter: EgressMeter;
  /** Of the limits in force; null where none counts for the statement. */
  #ofStatement = new WeakMap<object, StatementEgress | null>();
  /** Stands for terminals: what runs in them is not known, so every limit counts, as for one statement. */
  readonly #terminals = {};
  #limited: boolean;
  #stopped = false;

  constructor(options: {
    readonly services: BrokerServices;
    readonly live: LiveSession;
    readonly rules: readonly CommandRule[];
    /** The session must end. */
    readonly onStop: (stop: EgressStop) => void;
  }) {
    this.#services = options.services;
    this.#live = options.live;
    this.#onStop = options.onStop;
    const counting = this.#countingOf(options.rules);
    this.#limited = counting.limits.length > 0;
    this.#meter = new EgressMeter(counting);
  }

  /** Other rules are in force. What rules of the same name have counted goes on. */
  follow(rules: readonly CommandRule[]): void {
    const counting = this.#countingOf(rules);
    this.#limited = counting.limits.length > 0;
    this.#meter.replace(counting);
    this.#ofStatement = new WeakMap();
  }

  /**
   * Counts bytes that want to leave, also among the session's counts.
   * @param of null for a terminal
   * @returns whether they may pass; as a promise where the store has to be asked first
   */
  count(of: Statement | null, bytes: number): boolean | Promise<boolean> {
    if (this.#stopped) return false;
    const egress = this.#limited ? this.#egressOf(of) : null;
    if (egress === null) return this.#pass(bytes);
    const answer = egress.take({ rows: 0, bytes });
    if (answer.pass) return this.#pass(bytes);
    if (answer.stop !== null) return this.#stop(answer.stop);
    return answer.ready.then(() => (this.#live.ended === null ? this.count(of, bytes) : false));
  }

  /** Gives back what the grant's other sessions can use. */
  async close(): Promise<void> {
    this.#stopped = true;
    await this.#meter.close();
  }

  #pass(bytes: number): true {
    this.#live.count({ bytes });
    return true;
  }

  #stop(stop: EgressStop): false {
    this.#stopped = true;
    this.#onStop(stop);
    return false;
  }

  #egressOf(of: Statement | null): StatementEgress | null {
    const going = of ?? this.#terminals;
    const known = this.#ofStatement.get(going);
    if (known !== undefined) return known;
    const limits = this.#meter.limitsOf(of?.found?.analysis ?? null);
    const egress = this.#meter.begin(limits, () => going);
    this.#ofStatement.set(going, egress);
    return egress;
  }

  #countingOf(rules: readonly CommandRule[]): ReturnType<typeof countingOf> {
    const grantId = this.#live.grant.id;
    const counted = rules.filter(({ match }) => match.bytesOver !== undefined);
    return countingOf(this.#services, { rules: counted, grantId });
  }
}

/** Why a session was cut, in a sentence for the client: the operator's words where there are any. */
export function stopMessage({ limit }: EgressStop): string {
  const most = `At most ${limit.bytesMax} bytes may be returned per ${limit.per}.`;
  return `${limit.message ?? most} The session was stopped by the rule ${limit.rule}, and what was running was killed.`;
}
