/**
 * All live sessions of this replica. Asks the store twice a second, and at every hint that a grant
 * changed, which of them must end or go on for longer; that answer is also what confirms them. The hint may get lost,
 * the poll is the truth. Those that are silent learn of another policy by it, too. Writes progress every two
 * seconds.
 */
import type { SessionChange } from '../access/run-session.ts';
import type { EndReason, SessionCounts } from '../core/session.ts';
import type { LiveSession, MonotonicClock } from './session.ts';

const POLL_MS = 500;
const PROGRESS_MS = 2_000;
/** How often it is checked whether confirmations have become too old to let results flow. */
const CONFIRMATION_CHECK_MS = 250;
/** A question without an answer for this long is asked again; its late answer still counts. */
const ANSWER_MS_MAX = 3_000;

/** What a session has done so far. */
interface SessionProgress {
  readonly id: string;
  readonly counts: SessionCounts;
  readonly deniedBy: readonly string[];
}

/** What the registry asks of the access use cases. */
export interface SessionState {
  readSessionChanges(
    sessions: { readonly id: string; readonly expiresAt: Date }[],
  ): Promise<readonly SessionChange[]>;
  noteProgress(sessions: SessionProgress[]): Promise<void>;
  watchGrantChanges(onHint: () => void): Promise<{ close(): Promise<void> }>;
}

/** What serves a session's connection. */
export interface SessionConnection {
  /** Called when the confirmation becomes too old, and again when it is fresh. */
  onConfirmation(confirmed: boolean): void;
  /** Called again and again: the policy may be another. */
  onPolicy(): void;
  /** True while the target owes an answer. */
  readonly busy: boolean;
}

interface Entry {
  readonly session: LiveSession;
  readonly connection: SessionConnection;
  confirmed: boolean;
}

export class SessionRegistry {
  readonly #state: SessionState;
  readonly #monotonic: MonotonicClock;
  readonly #onFault: (what: string, error: unknown) => void;
  readonly #entries = new Map<string, Entry>();
  readonly #closing = new Set<string>();
  readonly #timers: NodeJS.Timeout[] = [];
  #askedAtMs: number | null = null;
  #askAgain = false;
  /** One note of progress at a time: a store that is slow must not get more of them. */
  #noting = false;
  #watch: { close(): Promise<void> } | null = null;

  constructor(options: {
    readonly state: SessionState;
    readonly monotonic: MonotonicClock;
    readonly onFault: (what: string, error: unknown) => void;
  }) {
    this.#state = options.state;
    this.#monotonic = options.monotonic;
    this.#onFault = options.onFault;
  }

  async start(): Promise<void> {
    this.#watch = await this.#state.watchGrantChanges(() => this.ask());
    this.#timers.push(
      setInterval(() => this.ask(), POLL_MS),
      setInterval(() => this.#noteProgress(), PROGRESS_MS),
      setInterval(() => this.#checkConfirmations(), CONFIRMATION_CHECK_MS),
    );
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#watch?.close();
  }

  get size(): number {
    return this.#entries.size;
  }

  sessions(): LiveSession[] {
    return [...this.#entries.values()].map(({ session }) => session);
  }

  /** Sessions that ended and are not sealed yet. */
  get closing(): number {
    return this.#closing.size;
  }

  add(session: LiveSession, connection: SessionConnection): void {
    this.#entries.set(session.id, { session, connection, confirmed: true });
    session.onEnd(() => {
      this.#entries.delete(session.id);
      this.#closing.add(session.id);
    });
  }

  /** The session's recording is sealed and its end is noted. */
  sealed(session: LiveSession): void {
    this.#closing.delete(session.id);
  }

  /** Ends the sessions whose target owes nothing. */
  endIdle(reason: EndReason): void {
    for (const { session, connection } of this.#entries.values()) if (!connection.busy) session.end(reason);
  }

  /** Asks what became of the sessions. One question at a time; a hint during it asks once more after it. */
  ask(): void {
    for (const { connection } of this.#entries.values()) connection.onPolicy();
    const now = this.#monotonic();
    if (this.#askedAtMs !== null && now - this.#askedAtMs < ANSWER_MS_MAX) {
      this.#askAgain = true;
      return;
    }
    if (this.#entries.size === 0) return;
    this.#askedAtMs = now;
    this.#askAgain = false;
    void this.#askNow(now);
  }

  async #askNow(askedAtMs: number): Promise<void> {
    const asked = [...this.#entries.values()];
    try {
      const changes = await this.#state.readSessionChanges(
        asked.map(({ session: { id, grant } }) => ({ id, expiresAt: grant.expiresAt })),
      );
      const changed = new Map(changes.map((change) => [change.id, change]));
      for (const { session } of asked) {
        const change = changed.get(session.id);
        if (change?.kind === 'end') {
          session.end(change.reason);
          continue;
        }
        if (change !== undefined) session.moveDeadline(change);
        session.confirm(askedAtMs);
      }
      this.#checkConfirmations();
    } catch (error) {
      this.#onFault('asking what became of the sessions', error);
    }
    if (this.#askedAtMs !== askedAtMs) return;
    this.#askedAtMs = null;
    if (this.#askAgain) this.ask();
  }

  #checkConfirmations(): void {
    for (const entry of this.#entries.values()) {
      if (entry.confirmed === entry.session.confirmed) continue;
      entry.confirmed = !entry.confirmed;
      entry.connection.onConfirmation(entry.confirmed);
    }
  }

  #noteProgress(): void {
    const sessions = this.sessions().map(({ id, counts, riskiest }) => ({
      id,
      counts,
      deniedBy: riskiest.rulesThatDenied(),
    }));
    if (sessions.length === 0 || this.#noting) return;
    this.#noting = true;
    this.#state
      .noteProgress(sessions)
      .catch((error: unknown) => this.#onFault('noting progress', error))
      .finally(() => {
        this.#noting = false;
      });
  }
}
