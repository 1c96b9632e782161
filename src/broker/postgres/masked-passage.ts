/**
 * Between the sockets and the relay of a session with masks. What the client sends waits until the masks are those
 * of the catalog as it is; what the target answers waits until they still are, because the catalog can change
 * between the verdict and the moment when PostgreSQL resolves the names. Bytes keep their order on each side.
 */
import { violation } from './codec/violation.ts';
import type { Exchange, Expected } from './exchange.ts';
import { LiveExposure } from './exposure.ts';
import type { OwnQuery, SessionMasks } from './session-masks.ts';
import { exposureOfAsked } from './shown-reports.ts';

export interface PassageSide {
  /** Hands the bytes on. */
  take(chunk: Buffer): void;
  /** Stops the socket, and lets it go on. */
  hold(): void;
  release(): void;
}

export class MaskedPassage {
  readonly #masks: SessionMasks;
  readonly #exchange: Exchange;
  readonly #client: PassageSide;
  readonly #target: PassageSide;
  readonly #ownQuery: OwnQuery;
  readonly #betweenMessages: () => boolean;
  readonly #fail: (error: unknown, side: 'client' | 'target') => void;
  #fromClient: Buffer[] = [];
  #fromTarget: Buffer[] = [];
  #refreshing = false;
  #verifying = false;
  /** What was being answered when the masks were last found to be right. */
  #verified: Expected | null = null;
  #over = false;

  constructor(options: {
    readonly masks: SessionMasks;
    readonly exchange: Exchange;
    readonly client: PassageSide;
    readonly target: PassageSide;
    /** Call it only while the target owes nothing. */
    readonly ownQuery: OwnQuery;
    /** True while nothing of an answer is left, and nothing of ours is asked. */
    readonly betweenMessages: () => boolean;
    readonly fail: (error: unknown, side: 'client' | 'target') => void;
  }) {
    this.#masks = options.masks;
    this.#exchange = options.exchange;
    this.#client = options.client;
    this.#target = options.target;
    this.#ownQuery = options.ownQuery;
    this.#betweenMessages = options.betweenMessages;
    this.#fail = options.fail;
  }

  stop(): void {
    this.#over = true;
    this.#fromClient = [];
    this.#fromTarget = [];
  }

  fromClient(chunk: Buffer): void {
    // While data is copied in, no statement is in what the client sends.
    if (!this.#refreshing && this.#exchange.copyIn) {
      this.#client.take(chunk);
      return;
    }
    this.#fromClient.push(chunk);
    if (this.#refreshing) return;
    this.#refreshing = true;
    this.#client.hold();
    void this.#refresh();
  }

  fromTarget(chunk: Buffer): void {
    if (!this.#verifying && !this.#mustVerify()) {
      this.#target.take(chunk);
      return;
    }
    this.#fromTarget.push(chunk);
    if (this.#verifying) return;
    this.#verifying = true;
    this.#target.hold();
    void this.#verify();
  }

  async #refresh(): Promise<void> {
    try {
      const { status, pending, sinceSync, asked } = this.#exchange;
      await this.#masks.refresh({
        inTransaction: status !== 'I',
        idle: pending === 0 && sinceSync === 'nothing' && status !== 'E' && this.#betweenMessages(),
        preparedChanges: () =>
          [...asked.statements.values()].some(({ judged }) => this.#masks.changes(judged.found)),
        ownQuery: this.#ownQuery,
      });
      const chunks = this.#fromClient;
      this.#fromClient = [];
      for (const chunk of chunks) if (!this.#over) this.#client.take(chunk);
    } catch (error) {
      this.#fail(error, 'client');
    } finally {
      this.#refreshing = false;
      if (!this.#over) this.#client.release();
    }
  }

  /**
   * Of one long answer only the beginning is verified: what it reads is locked until its end. A text of several
   * statements is resolved one after the other.
   */
  #mustVerify(): boolean {
    const { head, owed } = this.#exchange;
    if (head === null) return false;
    const others = owed.slice(1).some(({ kind }) => kind !== 'sync');
    return others || head !== this.#verified || isSeveral(head);
  }

  async #verify(): Promise<void> {
    try {
      if (!(await this.#masks.verify())) throw violation(TABLES_CHANGED);
      for (const entry of this.#exchange.owed) {
        const exposure = exposureOfAsked(entry);
        if (exposure instanceof LiveExposure && exposure.objection !== null) throw violation(TABLES_CHANGED);
      }
      this.#verified = this.#exchange.head;
      const chunks = this.#fromTarget;
      this.#fromTarget = [];
      for (const chunk of chunks) if (!this.#over) this.#target.take(chunk);
    } catch (error) {
      this.#fail(error, 'target');
    } finally {
      this.#verifying = false;
      if (!this.#over) this.#target.release();
    }
  }
}

const TABLES_CHANGED = 'The tables of the target changed while a statement ran, so its result is withheld';

function isSeveral(head: Expected): boolean {
  const exposure = exposureOfAsked(head);
  return head.kind === 'query' && !(exposure instanceof LiveExposure && exposure.statements === 1);
}
