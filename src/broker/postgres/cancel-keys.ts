/**
 * The cancel keys that clients of this replica hold, and what each stands for upstream. They are ours and
 * random, so that no client learns a target's key and none can guess another's.
 */
import type { CancelKey } from './codec/startup.ts';
import { sameBytes } from './scram/proof.ts';

/** Protocol 3.0 has room for four bytes besides the process id, which is random as well. */
const KEY_BYTES_3_0 = 4;
const KEY_BYTES_3_2 = 32;
const KEYS_MAX = 200_000;
/** Guessing 64 bits at this rate, from one address, is hopeless. */
const REQUESTS_PER_WINDOW = 20;
const WINDOW_MS = 1_000;
const ADDRESSES_MAX = 10_000;

interface Holder {
  readonly key: Buffer;
  readonly cancel: () => Promise<void>;
}

export class CancelKeys {
  readonly #random: (bytes: number) => Uint8Array;
  readonly #monotonic: () => number;
  readonly #holders = new Map<number, Holder>();
  readonly #requests = new Map<string, { windowStartMs: number; count: number }>();

  constructor(options: { readonly random: (bytes: number) => Uint8Array; readonly monotonic: () => number }) {
    this.#random = options.random;
    this.#monotonic = options.monotonic;
  }

  /** @returns the key for BackendKeyData, and `release` for when the session ends */
  issue(options: { readonly minor: number; readonly cancel: () => Promise<void> }): {
    key: CancelKey;
    release: () => void;
  } {
    let processId = this.#randomId();
    while (this.#holders.has(processId)) processId = this.#randomId();
    const key = Buffer.from(this.#random(options.minor >= 2 ? KEY_BYTES_3_2 : KEY_BYTES_3_0));
    if (this.#holders.size < KEYS_MAX) this.#holders.set(processId, { key, cancel: options.cancel });
    return { key: { processId, key }, release: () => void this.#holders.delete(processId) };
  }

  /** Does nothing for a wrong key or too many requests: a cancel request is never answered. */
  async cancel(request: CancelKey, address: string): Promise<void> {
    if (!this.#admits(address)) return;
    const holder = this.#holders.get(request.processId);
    if (holder === undefined || !sameBytes(holder.key, request.key)) return;
    await holder.cancel();
  }

  #admits(address: string): boolean {
    const now = this.#monotonic();
    const seen = this.#requests.get(address);
    if (seen !== undefined && now - seen.windowStartMs < WINDOW_MS) {
      seen.count += 1;
      return seen.count <= REQUESTS_PER_WINDOW;
    }
    if (this.#requests.size >= ADDRESSES_MAX) this.#requests.clear();
    this.#requests.set(address, { windowStartMs: now, count: 1 });
    return true;
  }

  /** Positive, as process ids are; zero means none. */
  #randomId(): number {
    return Buffer.from(this.#random(4)).readUInt32BE(0) & 0x7fff_ffff || 1;
  }
}
