/**
 * What every kind of forward has in common: it is judged as the program `ssh-forward` before anything is opened, each
 * connection is a channel of the recording with its bytes, and only so many are open at once.
 */
import type { ServerChannel } from 'ssh2';
import { type Forward, forwardStatement } from '../../../policies/analyzers/files/file-statement.ts';
import type { Judged } from '../../gate.ts';
import type { ClientConnection } from '../client-connection.ts';
import type { Exit, HostInspection, HostSession } from '../host-session.ts';
import { carry, clientSide, type ForwardedBytes, type Side } from './forwarded-connection.ts';

/** Open at once, of all kinds and in both directions. */
const FORWARDS_MAX = 64;
const OVER: Exit = { status: null, signal: null };
const TOO_MANY = `More than ${FORWARDS_MAX} forwarded connections are open.`;
const SESSION_ENDED = 'The session has ended.';

export type Statement = Judged<HostInspection>;

/** @property reason a sentence for the client; what was judged is in the recording */
export type Judgement =
  | { readonly kind: 'allowed'; readonly judged: Statement }
  | { readonly kind: 'refused'; readonly reason: string };

export class RecordedForwards {
  readonly #session: HostSession;
  readonly #client: ClientConnection;
  readonly #nextNumber: () => number;
  #open = 0;

  /** @param options.nextNumber of a channel of the connection */
  constructor(
    session: HostSession,
    options: { readonly client: ClientConnection; readonly nextNumber: () => number },
  ) {
    this.#session = session;
    this.#client = options.client;
    this.#nextNumber = options.nextNumber;
  }

  get isFull(): boolean {
    return this.#open >= FORWARDS_MAX;
  }

  /** @param refusal set for what cannot even be judged */
  judge(forward: Forward, refusal: { readonly rule: string; readonly reason: string } | null): Judgement {
    const { gate, policy } = this.#session;
    if (!policy.renew()) return { kind: 'refused', reason: SESSION_ENDED };
    if (this.isFull) return { kind: 'refused', reason: TOO_MANY };
    const statement = forwardStatement(forward);
    const judged = gate.judge({
      protocol: 'simple',
      text: statement.text,
      parameters: [],
      prepared: null,
      inspected: { analysis: [statement], parseError: null, canonical: null },
      refusal,
    });
    if (judged.verdict.action === 'allow') return { kind: 'allowed', judged };
    gate.release(() => undefined);
    return { kind: 'refused', reason: judged.verdict.reason };
  }

  /** What is done once the verdict is in the recording; null when the session has ended. */
  released<Result>(act: () => Promise<Result>): Promise<Result> | null {
    let acting: Promise<Result> | null = null;
    this.#session.gate.release(() => {
      acting = act();
    });
    return acting;
  }

  /** Counts as open from the asking on. */
  async counted(act: () => Promise<void>): Promise<void> {
    this.#open += 1;
    try {
      await act();
    } finally {
      this.#open -= 1;
    }
  }

  /** Until one side ends. */
  async carry(
    target: Side,
    of: {
      readonly channel: ServerChannel;
      readonly judged: Statement;
      readonly startedAtMs: number;
      readonly detail: string;
      /** The statement is about a listener, which stays. */
      readonly goesOn?: true;
    },
  ): Promise<void> {
    const { channel, judged, startedAtMs, detail } = of;
    const number = this.#nextNumber();
    const record = this.#session.record.openChannel({ number, kind: 'forward', terminal: null, detail });
    this.#client.watchWindow(channel);
    const client = clientSide(channel, this.#client);
    const bytes: ForwardedBytes = { fromClient: 0, fromTarget: 0 };
    let isOver = false;
    const finish = (): void => {
      if (isOver) return;
      isOver = true;
      const tags = [`${bytes.fromClient} bytes to the host`, `${bytes.fromTarget} bytes from the host`];
      record.mark(tags.join(', '));
      record.close(OVER);
      if (of.goesOn !== true) this.complete(judged, { startedAtMs, tags, problem: null });
    };
    const forget = this.#session.live.onEnd(finish);
    await carry(this.#session, { client, target, judged, bytes });
    forget();
    finish();
  }

  complete(
    judged: Statement,
    of: { readonly startedAtMs: number; readonly tags: readonly string[]; readonly problem: string | null },
  ): void {
    const { gate, live } = this.#session;
    const durationMs = live.ageMs - of.startedAtMs;
    const error = of.problem === null ? null : { sqlState: '', message: of.problem };
    gate.complete(judged, { durationMs, tags: of.tags, rows: 0, maskedCells: 0, error });
  }
}
