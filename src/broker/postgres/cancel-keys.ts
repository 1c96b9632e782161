/**
 * The cancel keys that clients of this replica hold, and what each stands for upstream. They are ours and
 * random, so that no client learns a target's key and none can guess another's. The first bits of a key's
 * process id name the replica: a request for another one is passed on as a digest that only it can match.
 */
import { createHash, createHmac } from 'node:crypto';
import type { Secret } from '../../core/secret.ts';
import type { CancelKey } from './codec/startup.ts';
import { sameBytes } from './scram/proof.ts';

/** Protocol 3.0 has room for four bytes besides the process id, which is random as well. */
const KEY_BYTES_3_0 = 4;
const KEY_BYTES_3_2 = 32;
const KEYS_MAX = 200_000;
/** Guessing the 55 bits that name no replica at this rate, from one address, is hopeless. */
const REQUESTS_PER_WINDOW = 20;
const WINDOW_MS = 1_000;
const ADDRESSES_MAX = 10_000;

/** Process ids are positive: 8 bits name the replica, 23 are random. Two replicas of one name both look. */
const RANDOM_BITS = 23;
const REPLICA_MAX = 0xff;
const RANDOM_MAX = 2 ** RANDOM_BITS - 1;
const MESSAGE = /^postgres:(\d{1,3}):([0-9a-f]{64})$/;

interface Holder {
  readonly key: Buffer;
  readonly cancel: () => Promise<void>;
}

export class CancelKeys {
  readonly #random: (bytes: number) => Uint8Array;
  readonly #monotonic: () => number;
  readonly #replica: number;
  readonly #digestKey: Secret<Uint8Array>;
  readonly #forward: (message: string) => Promise<void>;
  readonly #holders = new Map<number, Holder>();
  readonly #processIds = new Map<string, number>();
  readonly #requests = new Map<string, { windowStartMs: number; count: number }>();

  /**
   * @param options.replica names this process
   * @param options.digestKey the same on every replica
   * @param options.forward hands a message to the other replicas' `cancelForwarded`
   */
  constructor(options: {
    readonly random: (bytes: number) => Uint8Array;
    readonly monotonic: () => number;
    readonly replica: string;
    readonly digestKey: Secret<Uint8Array>;
    readonly forward: (message: string) => Promise<void>;
  }) {
    this.#random = options.random;
    this.#monotonic = options.monotonic;
    this.#replica = createHash('sha256').update(options.replica).digest().readUInt8(0) & REPLICA_MAX;
    this.#digestKey = options.digestKey;
    this.#forward = options.forward;
  }

  /** @returns the key for BackendKeyData, and `release` for when the session ends */
  issue(options: { readonly minor: number; readonly cancel: () => Promise<void> }): {
    key: CancelKey;
    release: () => void;
  } {
    let processId = this.#randomId();
    while (this.#holders.has(processId)) processId = this.#randomId();
    const key = Buffer.from(this.#random(options.minor >= 2 ? KEY_BYTES_3_2 : KEY_BYTES_3_0));
    const digest = this.#digest({ processId, key });
    if (this.#holders.size < KEYS_MAX) {
      this.#holders.set(processId, { key, cancel: options.cancel });
      this.#processIds.set(digest, processId);
    }
    const release = (): void => {
      this.#holders.delete(processId);
      this.#processIds.delete(digest);
    };
    return { key: { processId, key }, release };
  }

  /** Does nothing for a wrong key or too many requests: a cancel request is never answered. */
  async cancel(request: CancelKey, address: string): Promise<void> {
    if (!this.#admits(address)) return;
    const holder = this.#holders.get(request.processId);
    if (holder !== undefined) {
      if (sameBytes(holder.key, request.key)) await holder.cancel();
      return;
    }
    if (request.processId > 0) {
      await this.#forward(`postgres:${request.processId >> RANDOM_BITS}:${this.#digest(request)}`);
    }
  }

  /** A request that another replica passed on. Does nothing unless this replica issued its key. */
  async cancelForwarded(message: string): Promise<void> {
    const [, replica, digest = ''] = MESSAGE.exec(message) ?? [];
    if (Number(replica) !== this.#replica) return;
    const processId = this.#processIds.get(digest);
    if (processId !== undefined) await this.#holders.get(processId)?.cancel();
  }

  #digest({ processId, key }: CancelKey): string {
    const id = Buffer.alloc(4);
    id.writeInt32BE(processId);
    return createHmac('sha256', this.#digestKey.reveal()).update(id).update(key).digest('hex');
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
    const random = Buffer.from(this.#random(4)).readUInt32BE(0) & RANDOM_MAX;
    return this.#replica * 2 ** RANDOM_BITS + random || 1;
  }
}
