/** SHA-256 of what passes in pieces. */
import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StreamDigest, WINDOW_BYTES_MAX } from '../../../../../src/broker/ssh/sftp/stream-digest.ts';

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('a digest', () => {
  test('of pieces in any order within the window is that of the whole', () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(pieces, fc.infiniteStream(fc.nat()), (arrays, random) => {
        let at = 0;
        const placed = arrays.map((array) => {
          const offset = at;
          at += array.length;
          return { offset, bytes: Buffer.from(array), rank: random.next().value as number };
        });
        const digest = new StreamDigest();
        for (const { offset, bytes } of placed.toSorted((one, other) => one.rank - other.rank))
          digest.push(BigInt(offset), [bytes.subarray(0, 1), bytes.subarray(1)]);
        expect(digest.reached).toBe(at);
        expect(digest.bytes).toBe(at);
        expect(digest.end()).toBe(sha256(Buffer.concat(placed.map(({ bytes }) => bytes))));
      }),
    );
  });

  test('is none while there is a gap, and none when something passes twice', () => {
    const gap = new StreamDigest();
    gap.push(1n, [Buffer.from('b')]);
    expect(gap.reached).toBeNull();
    expect(gap.end()).toBeNull();
    const twice = new StreamDigest();
    twice.push(0n, [Buffer.from('ab')]);
    twice.push(1n, [Buffer.from('c')]);
    expect(twice.end()).toBeNull();
    expect(twice.bytes).toBe(3);
  });

  test('keeps as much as the window holds', async () => {
    const most = randomBytes(WINDOW_BYTES_MAX);
    const within = new StreamDigest();
    within.push(1n, [most]);
    within.push(0n, [Buffer.from('a')]);
    expect(await within.end()).toBe(sha256(Buffer.concat([Buffer.from('a'), most])));
    const beyond = new StreamDigest();
    beyond.push(2n, [most]);
    beyond.push(1n, [Buffer.from('b')]);
    beyond.push(0n, [Buffer.from('a')]);
    expect(beyond.end()).toBeNull();
  });

  test('of nothing is that of nothing', () => {
    expect(new StreamDigest().end()).toBe(sha256(Buffer.alloc(0)));
  });
});
