/** SHA-256 in a thread of its own: on the main one it takes longer than all else that a transfer needs there. */
import { createHash, type Hash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';

export type HashRequest =
  | { readonly id: number; readonly bytes: ArrayBuffer; readonly length: number; readonly isLast: boolean }
  /** It is not wanted any more. */
  | { readonly id: number; readonly bytes: null };

/** The memory comes back, to be filled again. */
export interface HashReply {
  readonly id: number;
  readonly bytes: ArrayBuffer;
  /** Hex; null until the last bytes are in. */
  readonly sha256: string | null;
}

const hashes = new Map<number, Hash>();

parentPort?.on('message', (request: HashRequest) => {
  const { id, bytes } = request;
  if (bytes === null) {
    hashes.delete(id);
    return;
  }
  const hash = hashes.get(id) ?? createHash('sha256');
  hash.update(Buffer.from(bytes, 0, request.length));
  if (request.isLast) hashes.delete(id);
  else hashes.set(id, hash);
  const sha256 = request.isLast ? hash.digest('hex') : null;
  parentPort?.postMessage({ id, bytes, sha256 } satisfies HashReply, [bytes]);
});
