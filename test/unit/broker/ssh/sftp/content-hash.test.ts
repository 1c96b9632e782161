/** SHA-256 of what is hashed at once, and of what is handed to the thread. */
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ContentHash } from '../../../../../src/broker/ssh/sftp/content-hash.ts';
import { BLOCK_BYTES } from '../../../../../src/broker/ssh/sftp/hash-thread.ts';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('a hash of what passes', () => {
  test.for([
    { bytes: 0, inThread: false },
    { bytes: 1, inThread: false },
    { bytes: BLOCK_BYTES, inThread: false },
    { bytes: BLOCK_BYTES + 1, inThread: true },
    { bytes: 3 * BLOCK_BYTES, inThread: true },
    { bytes: 3 * BLOCK_BYTES + 5, inThread: true },
  ])('of $bytes bytes is that of the whole, in a thread: $inThread', async ({ bytes, inThread }) => {
    const whole = randomBytes(bytes);
    const hash = new ContentHash();
    for (let at = 0; at < bytes; at += 32_749) hash.update(whole.subarray(at, at + 32_749));
    const digest = hash.digest();
    expect(digest instanceof Promise).toBe(inThread);
    expect(await digest).toBe(sha256(whole));
  });

  test('keeps no view of what it was given', async () => {
    const memory = Buffer.alloc(BLOCK_BYTES + 1, 'a');
    const hash = new ContentHash();
    hash.update(memory);
    memory.fill('b');
    expect(await hash.digest()).toBe(sha256(Buffer.alloc(BLOCK_BYTES + 1, 'a')));
  });

  test('of several at once, one of which is dropped, are each its own', async () => {
    const wholes = [1, 2, 3].map((times) => randomBytes(times * BLOCK_BYTES + times));
    const hashes = wholes.map(() => new ContentHash());
    for (let block = 0; block < 4; block += 1)
      for (const [index, whole] of wholes.entries())
        hashes[index]?.update(whole.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES));
    hashes[1]?.discard();
    expect(await hashes[0]?.digest()).toBe(sha256(wholes[0] ?? Buffer.alloc(0)));
    expect(await hashes[2]?.digest()).toBe(sha256(wholes[2] ?? Buffer.alloc(0)));
  });

  test('asks for time when the thread is behind, and has room again once it is not', async () => {
    const block = Buffer.alloc(BLOCK_BYTES);
    const hash = new ContentHash();
    let blocks = 0;
    while (hash.room === null && blocks < 1_000) {
      hash.update(block);
      blocks += 1;
    }
    // The last one is still being filled.
    expect(blocks).toBe(33);
    await hash.room;
    expect(hash.room).toBeNull();
    expect(await hash.digest()).toBe(sha256(Buffer.alloc(blocks * BLOCK_BYTES)));
  });
});
