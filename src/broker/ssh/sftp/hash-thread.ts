/** The thread that hashes what passes, and the memory in which it is handed over. */
import { Worker } from 'node:worker_threads';
import type { HashReply, HashRequest } from './hash-worker.ts';

export const BLOCK_BYTES = 262_144;
/** Handed over and not yet hashed; whoever brings more waits. */
const BLOCKS_MAX = 32;
const BLOCKS_KEPT = 8;
const IDLE_MS = 10_000;

/** As TypeScript in a checkout, as JavaScript in an image. */
const WORKER = new URL(import.meta.url.replace(/hash-thread(\.[jt]s)$/, 'hash-worker$1'));

type Done = (sha256: string | null) => void;

class HashThread {
  readonly #open = new Map<number, Done>();
  readonly #free: ArrayBuffer[] = [];
  #worker: Worker | null = null;
  #idle: NodeJS.Timeout | null = null;
  #ids = 0;
  #handed = 0;
  #room: PromiseWithResolvers<void> | null = null;

  /** @param done gets null when the thread has failed */
  open(done: Done): number {
    this.#ids += 1;
    this.#open.set(this.#ids, done);
    if (this.#idle !== null) clearTimeout(this.#idle);
    this.#idle = null;
    return this.#ids;
  }

  /** To be filled and handed over. */
  block(): ArrayBuffer {
    return this.#free.pop() ?? new ArrayBuffer(BLOCK_BYTES);
  }

  giveBack(block: ArrayBuffer): void {
    if (this.#free.length < BLOCKS_KEPT) this.#free.push(block);
  }

  /** Resolves when more may be handed over; null: at once. */
  get room(): Promise<void> | null {
    if (this.#handed < BLOCKS_MAX) return null;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  hash(
    id: number,
    of: { readonly block: ArrayBuffer; readonly length: number; readonly isLast: boolean },
  ): void {
    const { block: bytes, length, isLast } = of;
    if (!this.#open.has(id)) {
      this.giveBack(bytes);
      return;
    }
    this.#handed += 1;
    this.#worker ??= this.#start();
    this.#worker.postMessage({ id, bytes, length, isLast } satisfies HashRequest, [bytes]);
  }

  drop(id: number): void {
    if (!this.#open.delete(id)) return;
    this.#worker?.postMessage({ id, bytes: null } satisfies HashRequest);
    this.#rest();
  }

  #start(): Worker {
    const worker = new Worker(WORKER, { name: 'sallyport-hash' });
    // The channels whose files it hashes are what keeps the process running.
    worker.unref();
    worker.on('message', (reply: HashReply) => {
      if (this.#worker === worker) this.#answer(reply);
    });
    for (const event of ['error', 'exit'] as const)
      worker.on(event, () => {
        if (this.#worker === worker) this.#failed();
      });
    return worker;
  }

  #answer({ id, bytes, sha256 }: HashReply): void {
    this.#handed -= 1;
    this.giveBack(bytes);
    this.#tellRoom();
    if (sha256 === null) return;
    const done = this.#open.get(id);
    this.#open.delete(id);
    done?.(sha256);
    this.#rest();
  }

  #failed(): void {
    this.#worker = null;
    this.#handed = 0;
    const open = [...this.#open.values()];
    this.#open.clear();
    for (const done of open) done(null);
    this.#tellRoom();
  }

  #tellRoom(): void {
    this.#room?.resolve();
    this.#room = null;
  }

  #rest(): void {
    if (this.#open.size > 0 || this.#idle !== null) return;
    this.#idle = setTimeout(() => {
      const worker = this.#worker;
      this.#idle = null;
      this.#failed();
      this.#free.length = 0;
      void worker?.terminate();
    }, IDLE_MS).unref();
  }
}

/** One for the process: it hashes faster than all channels together bring. */
export const hashThread = new HashThread();
