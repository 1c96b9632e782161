/** Holds docs/keys.md to what the code does: its vector is read by ours, and by a reader made from the document alone. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { encodeBundle, keysOf, parsePublicKey } from '../../../src/recording/public-key.ts';
import { signingKeyOf } from './sample-data.ts';

const DOCUMENT = readFileSync(new URL('../../../docs/keys.md', import.meta.url), 'utf8');
const [, BUNDLE = ''] = /```bundle\n([\s\S]+?)```/.exec(DOCUMENT) ?? [];

const spkiOf = (seed: number): Buffer =>
  createPublicKey(signingKeyOf(seed)).export({ type: 'spki', format: 'der' });
const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

it('docs/keys.md shows a file of keys as it is written, which a second implementation follows', () => {
  expect(encodeBundle(parsePublicKey(BUNDLE))).toBe(BUNDLE);
  expect(keysOf(parsePublicKey(BUNDLE)).map((key) => key.sha256)).toEqual(
    [2, 3].map((seed) => sha256(spkiOf(seed)).toString('hex')),
  );

  const blocks = [...BUNDLE.matchAll(/-----BEGIN (.+)-----\n([^-]+)-----END \1-----\n/g)].map(
    ([, label, base64 = '']) => ({ label, bytes: Buffer.from(base64, 'base64') }),
  );
  expect(blocks.map(({ label, bytes }) => [label, bytes.length])).toEqual([
    ['PUBLIC KEY', 44],
    ['SALLYPORT ENDORSEMENT', 76],
    ['PUBLIC KEY', 44],
  ]);
  const [first, endorsement, second] = blocks.map(({ bytes }) => bytes) as [Buffer, Buffer, Buffer];
  expect(endorsement.readUInt32BE(0)).toBe(2);
  expect(new Date(Number(endorsement.readBigUInt64BE(4))).toISOString()).toBe('2026-11-21T10:00:00.000Z');
  const message = Buffer.concat([
    Buffer.from('sallyport signing key endorsement v1\0'),
    endorsement.subarray(0, 12),
    sha256(first),
    sha256(second),
  ]);
  const key = createPublicKey({ key: first, type: 'spki', format: 'der' });
  expect(verify(null, message, key, endorsement.subarray(12))).toBe(true);
  // What other programs make of the file: its first key.
  expect(createPublicKey(BUNDLE).export({ type: 'spki', format: 'der' })).toEqual(first);
});
