import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../../src/recording/packing.ts';
import { recoverRecording } from '../../../src/recording/recover.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import { END_EVENT, sampleKeys, statementEvent } from './sample-data.ts';
import { crashSample, frameSpans, readAll, writeSample } from './sample-recording.ts';

const MEBIBYTE = 1_048_576;
const PACKED = 6;
const KEYS = sampleKeys();
/** Each is packed by itself. */
const EVENTS = [1, 2, 3].map((number) => statementEvent(number, `select ${'x'.repeat(1_000)}`));

describe('packing', () => {
  it.each([
    [511, false],
    [512, true],
    [MEBIBYTE, true],
    [MEBIBYTE + 1, false],
  ])('of %i bytes that become smaller is done: %s', (bytes, isDone) => {
    const plaintext = Buffer.alloc(bytes, 'a');
    const packed = pack(plaintext);
    expect(packed !== null).toBe(isDone);
    if (packed !== null) expect(unpack(packed)?.equals(plaintext)).toBe(true);
  });

  it('leaves what gains less than a tenth', () => {
    const noise = Buffer.from(
      Array.from({ length: 2_048 }, (_, index) => (index * index * 31 + (index >> 3) * 7) % 251),
    );
    const random = globalThis.crypto.getRandomValues(new Uint8Array(2_048));
    expect(pack(Buffer.from(random))).toBeNull();
    expect(pack(Buffer.concat([noise, noise, noise]))).not.toBeNull();
  });

  it('unpacks no more than may be packed, and nothing that is damaged', () => {
    expect(unpack(zstdCompressSync(Buffer.alloc(MEBIBYTE)))).toHaveLength(MEBIBYTE);
    const bomb = zstdCompressSync(Buffer.alloc(200 * MEBIBYTE));
    expect(bomb.length).toBeLessThan(20_000);
    expect(unpack(bomb)).toBeNull();
    expect(unpack(Buffer.from('not packed at all'))).toBeNull();
  });
});

describe('a recording with packed frames', () => {
  it('reads as it was written, and is verified without being unpacked', async () => {
    const sample = await writeSample([...EVENTS, END_EVENT]);
    expect(frameSpans(sample.bytes).filter(({ type }) => type === PACKED)).toHaveLength(EVENTS.length);
    const { events, end } = await readAll({ path: sample.path, keys: KEYS });
    expect(events.slice(1)).toEqual([...EVENTS, END_EVENT]);
    expect(end.complete).toBe(true);
    const verified = await verifyRecording({ path: sample.path, publicKeyPem: KEYS.publicKeyPem });
    expect(verified).toMatchObject({ ok: true, headHex: sample.headHex });
  });

  it('is completed by recovery, which counts what is packed', async () => {
    const { directory, path } = crashSample(
      [...EVENTS, ...EVENTS.map((event) => ({ ...event, statement: event.statement + 3 }))],
      { inJournalOnly: 2 },
    );
    await recoverRecording({ directory, keys: KEYS, sessionId: 's-1' });
    const { events, end } = await readAll({ path, keys: KEYS });
    expect(events.flatMap((event) => (event.type === 'statement' ? [event.statement] : []))).toEqual([
      1, 2, 3, 4, 5, 6,
    ]);
    expect(end).toMatchObject({ complete: true, sealedBy: 'recovered' });
  });

  it('makes many small statements a tenth of their size', async () => {
    const many = Array.from({ length: 200 }, (_, index) =>
      statementEvent(index + 1, `select * from orders where id = ${index}`),
    );
    const together = many.map((event) => JSON.stringify(event)).join('\n');
    expect(pack(Buffer.from(together))?.length).toBeLessThan(together.length / 5);
  });
});
