/**
 * Passes cancel requests between replicas. Knows no protocol: a message is what the protocol's own keys make
 * of a request, and only the replica that issued the key can make something of the message.
 */
import type { MonotonicClock } from './session.ts';

/** Each costs the store a notification, and whoever can reach the port can send requests. */
const FORWARDS_PER_WINDOW = 50;
const WINDOW_MS = 1_000;

/** What the relay asks of the access use cases. */
export interface CancelChannel {
  forward(message: string): Promise<void>;
  watch(onMessage: (message: string) => void): Promise<{ close(): Promise<void> }>;
}

export class CancelRelay {
  readonly #channel: CancelChannel;
  readonly #monotonic: MonotonicClock;
  readonly #onFault: (what: string, error: unknown) => void;
  readonly #listeners: ((message: string) => void)[] = [];
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #forwarded = 0;
  #watch: { close(): Promise<void> } | null = null;

  constructor(options: {
    readonly channel: CancelChannel;
    readonly monotonic: MonotonicClock;
    readonly onFault: (what: string, error: unknown) => void;
  }) {
    this.#channel = options.channel;
    this.#monotonic = options.monotonic;
    this.#onFault = options.onFault;
  }

  async start(): Promise<void> {
    this.#watch = await this.#channel.watch((message) => {
      for (const listener of this.#listeners) listener(message);
    });
  }

  async stop(): Promise<void> {
    await this.#watch?.close();
    this.#watch = null;
  }

  onForwarded(listener: (message: string) => void): void {
    this.#listeners.push(listener);
  }

  /** Hands the message to the other replicas, unless too many went out just now. Never throws. */
  async forward(message: string): Promise<void> {
    const now = this.#monotonic();
    if (now - this.#windowStartMs >= WINDOW_MS) {
      this.#windowStartMs = now;
      this.#forwarded = 0;
    }
    if (this.#forwarded >= FORWARDS_PER_WINDOW) return;
    this.#forwarded += 1;
    try {
      await this.#channel.forward(message);
    } catch (error) {
      this.#onFault('forwarding a cancel request', error);
    }
  }
}
