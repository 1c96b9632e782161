import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Verification, verifyRecording } from '../../../src/recording/verify.ts';
import { places, share, tries } from '../../support/thoroughness.ts';
import { END_EVENT, sampleKeys, statementEvent } from './sample-data.ts';
import {
  frameSpans,
  readAll,
  type SampleRecording,
  temporaryDirectory,
  writeSample,
} from './sample-recording.ts';

const KEYS = sampleKeys();

function verify(bytes: Uint8Array): Promise<Verification> {
  return verifyRecording({ bytes, publicKeyPem: KEYS.publicKeyPem });
}

function first(verification: Verification): { code: string | undefined; offset: number | undefined } {
  const [problem] = verification.problems;
  return { code: problem?.code, offset: problem?.offset };
}

/** The recording rebuilt from some of its frames, in the given order. */
function rebuilt(bytes: Buffer, order: readonly number[]): Buffer {
  const spans = frameSpans(bytes);
  const frames = order.map((index) => {
    const span = spans[index];
    if (span === undefined) throw new Error(`no frame ${index}`);
    return bytes.subarray(span.start, span.end);
  });
  return Buffer.concat([bytes.subarray(0, 8), ...frames]);
}

describe('the verifier', () => {
  let sample: SampleRecording;
  let frameCount: number;
  beforeEach(async () => {
    sample = await writeSample([statementEvent(1, 'select 1'), statementEvent(2, 'select 2'), END_EVENT]);
    frameCount = frameSpans(sample.bytes).length;
    expect(await verify(sample.bytes)).toMatchObject({ ok: true, provenBytes: sample.bytes.length });
  });

  it('notices every flipped bit and vouches for nothing from there on', async () => {
    const bytes = Buffer.from(sample.bytes);
    const bits = Array.from({ length: bytes.length * 8 }, (_, bit) => bit);
    // By day one in two bytes, each time another bit of them: seventeen and eight have nothing in common.
    for (const bit of share(bits, 17)) {
      const at = bit >> 3;
      const before = bytes.readUInt8(at);
      bytes.writeUInt8(before ^ (1 << (bit & 7)), at);
      const verdict = await verify(bytes);
      bytes.writeUInt8(before, at);
      if (verdict.ok || verdict.headHex !== null) expect.fail(`bit ${bit} went unnoticed`);
      if (verdict.problems.length === 0) expect.fail(`bit ${bit} was not explained`);
      if (verdict.provenBytes > at) expect.fail(`bit ${bit} lies in what was called proven`);
    }
  });

  it('notices a cut at every byte', async () => {
    for (let length = 0; length < sample.bytes.length; length++) {
      const verdict = await verify(sample.bytes.subarray(0, length));
      if (verdict.ok) expect.fail(`a cut to ${length} bytes went unnoticed`);
      expect(verdict.problems.at(-1)).toMatchObject({ code: 'unsealed', offset: length });
    }
  });

  it('notices a removed, a repeated and an exchanged frame', async () => {
    const all = Array.from({ length: frameCount }, (_, index) => index);
    for (const index of all) {
      const removed = await verify(rebuilt(sample.bytes, all.toSpliced(index, 1)));
      const repeated = await verify(rebuilt(sample.bytes, all.toSpliced(index, 0, index)));
      expect(removed.ok || repeated.ok).toBe(false);
      const swapped = all.toSpliced(index, 2, ...all.slice(index, index + 2).reverse());
      if (index + 1 < frameCount) expect((await verify(rebuilt(sample.bytes, swapped))).ok).toBe(false);
    }
  });

  it('names a removed frame by its place', async () => {
    const spans = frameSpans(sample.bytes);
    const all = spans.map((_, index) => index);
    const verdict = await verify(rebuilt(sample.bytes, all.toSpliced(3, 1)));
    expect(first(verdict)).toEqual({ code: 'out_of_sequence', offset: spans[3]?.start });
  });

  it('notices a removed frame whose successors were renumbered', async () => {
    const spans = frameSpans(sample.bytes);
    const cut = rebuilt(sample.bytes, spans.map((_, index) => index).toSpliced(3, 1));
    for (const [index, span] of frameSpans(cut).entries()) cut.writeUInt32BE(index, span.start + 5);
    expect((await verify(cut)).problems[0]?.code).toMatch(/bad_signature|chain_broken/);
  });

  it('notices a frame of another session in the same place, of every kind', async () => {
    const other = await writeSample(
      [statementEvent(1, 'select 1'), statementEvent(2, 'select 2'), END_EVENT],
      {
        sessionId: 's-2',
      },
    );
    expect(other.bytes.length).toBe(sample.bytes.length);
    for (const { start, end } of frameSpans(sample.bytes)) {
      const mixed = Buffer.from(sample.bytes);
      other.bytes.copy(mixed, start, start, end);
      expect((await verify(mixed)).ok).toBe(false);
    }
  });

  it('notices bytes behind the closing checkpoint, whatever they are', async () => {
    const { bytes } = sample;
    const lastFrame = bytes.subarray(frameSpans(bytes).at(-1)?.start);
    const added = [Buffer.alloc(1), Buffer.alloc(500), Buffer.from('more'), bytes, lastFrame];
    for (const more of added) {
      const verdict = await verify(Buffer.concat([bytes, more]));
      expect(first(verdict)).toEqual({ code: 'bytes_after_close', offset: bytes.length });
    }
  });

  it('notices a checkpoint that was signed with another key', async () => {
    const forged = await writeSample([statementEvent(1, 'drop table audit'), END_EVENT], {
      keys: sampleKeys({ signing: 9 }),
    });
    expect(first(await verify(forged.bytes))).toEqual({ code: 'wrong_key', offset: 8 });
    // The forger names the true key in the header instead: now no signature fits.
    const mine = Buffer.from(sample.bytes.subarray(0, frameSpans(sample.bytes)[0]?.end));
    const spliced = Buffer.concat([mine, forged.bytes.subarray(frameSpans(forged.bytes)[0]?.end)]);
    expect((await verify(spliced)).problems[0]?.code).toBe('bad_signature');
  });

  it('answers in words for files that are no recordings', async () => {
    expect((await verify(Buffer.from('SQLite format 3\0'))).problems[0]?.code).toBe('not_a_recording');
    expect((await verify(Buffer.from('SPREC\r\n\x02'))).problems[0]?.code).toBe('unsupported_version');
    expect((await verify(Buffer.alloc(0))).problems).toMatchObject([{ code: 'unsealed', offset: 0 }]);
  });

  it('never throws and never accepts, whatever the bytes', async () => {
    const { bytes } = sample;
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.nat(bytes.length), async (noise, at) => {
        expect((await verify(noise)).ok).toBe(false);
        const overwritten = Buffer.concat([bytes.subarray(0, at), noise]);
        if (!overwritten.equals(bytes)) expect((await verify(overwritten)).ok).toBe(false);
      }),
      { numRuns: tries({ byDay: 100, byNight: 3_000 }) },
    );
  });

  it('refuses a public key that is none, and says that a file is missing', async () => {
    const { path } = sample;
    await expect(verifyRecording({ path, publicKeyPem: 'nonsense' })).rejects.toMatchObject({
      code: 'invalid_input',
    });
    const missing = { path: `${path}.gone`, publicKeyPem: KEYS.publicKeyPem };
    await expect(verifyRecording(missing)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('the reader', () => {
  it('yields only what stands before the damage, for a flip in every byte of the events', async () => {
    const keys = KEYS;
    const sample = await writeSample([
      statementEvent(1, 'select 1'),
      statementEvent(2, 'select 2'),
      END_EVENT,
    ]);
    const whole = (await readAll(sample)).events;
    const path = join(temporaryDirectory(), 'damaged.sprec');
    const spans = frameSpans(sample.bytes);
    for (const [index, span] of spans.entries()) {
      if (span.type !== 2) continue;
      const eventsBefore = spans.slice(0, index).filter(({ type }) => type === 2).length;
      for (const at of places({ from: span.start, to: span.end, edge: 16, every: 4 })) {
        const damaged = Buffer.from(sample.bytes);
        damaged.writeUInt8(damaged.readUInt8(at) ^ 0x10, at);
        writeFileSync(path, damaged);
        const { events, end } = await readAll({ path, keys });
        expect(events).toEqual(whole.slice(0, eventsBefore));
        expect(end.complete).toBe(false);
      }
    }
  });

  it('refuses a recording of other keys', async () => {
    const sample = await writeSample([END_EVENT]);
    for (const keys of [sampleKeys({ master: 7 }), sampleKeys({ signing: 7 })]) {
      await expect(readAll({ path: sample.path, keys })).rejects.toMatchObject({ code: 'config_invalid' });
    }
  });

  it('does not open a data key that was moved under another session id', async () => {
    const sample = await writeSample([statementEvent(1, 'select 1')]);
    const moved = Buffer.from(sample.bytes);
    moved.write('s-9', moved.indexOf('s-1'));
    const path = join(temporaryDirectory(), 'moved.sprec');
    writeFileSync(path, moved);
    const { events, end } = await readAll({ path, keys: sample.keys });
    expect(events).toEqual([]);
    expect(end.problem).toMatchObject({ code: 'malformed_header', offset: 8 });
  });
});
