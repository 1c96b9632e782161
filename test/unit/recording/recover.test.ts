import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { setAsidePath } from '../../../src/recording/layout.ts';
import { type Recovery, recoverRecording } from '../../../src/recording/recover.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import { places } from '../../support/thoroughness.ts';
import { END_EVENT, sampleKeys, statementEvent } from './sample-data.ts';
import { crashSample, frameSpans, readAll, writeSample } from './sample-recording.ts';

const EVENTS = [statementEvent(1, 'select 1'), statementEvent(2, 'select 2'), END_EVENT];

type Crashed = ReturnType<typeof crashSample>;

/** All its lines are in its file and in its journal. */
const crashed = (): Crashed => crashSample(EVENTS);

function recover(sample: Pick<Crashed, 'directory' | 'keys'>, sessionId = 's-1'): Promise<Recovery | null> {
  return recoverRecording({ directory: sample.directory, keys: sample.keys, sessionId });
}

describe('recovery', () => {
  it('seals a crashed recording, which then verifies and reads to its end', async () => {
    const sample = crashed();
    const { publicKeyPem } = sample.keys;
    expect((await verifyRecording({ path: sample.path, publicKeyPem })).problems[0]?.code).toBe('unsealed');
    const recovery = await recover(sample);
    const verified = await verifyRecording({ path: sample.path, publicKeyPem });
    expect(verified).toMatchObject({ ok: true, sealedBy: 'recovered', setAsideBytes: 0 });
    expect(recovery).toEqual({
      headHex: verified.headHex,
      bytes: statSync(sample.path).size,
      setAsideBytes: 0,
    });
    const { events, end } = await readAll(sample);
    expect(events.slice(1)).toEqual(EVENTS);
    expect(end).toEqual({ complete: true, sealedBy: 'recovered', problem: null });
    expect(existsSync(setAsidePath(sample.path))).toBe(false);
  });

  it('keeps the bytes of an unfinished write beside the file, for a cut at every byte of the last frame', async () => {
    const sample = crashed();
    const last = frameSpans(sample.bytes).at(-1);
    if (last === undefined) throw new Error('no frames');
    const journal = readFileSync(sample.journal);
    for (const length of places({ from: last.start + 1, to: last.end, edge: 24, every: 4 })) {
      writeFileSync(sample.path, sample.bytes.subarray(0, length));
      writeFileSync(sample.journal, journal);
      writeFileSync(setAsidePath(sample.path), '');
      const recovery = await recover(sample);
      expect(recovery?.setAsideBytes).toBe(length - last.start);
      expect(readFileSync(setAsidePath(sample.path))).toEqual(sample.bytes.subarray(last.start, length));
      const verified = await verifyRecording({ path: sample.path, publicKeyPem: sample.keys.publicKeyPem });
      expect(verified).toMatchObject({ ok: true, setAsideBytes: length - last.start });
      expect((await readAll(sample)).events.slice(1)).toEqual(EVENTS);
    }
  });

  it('seals once, however many ask at the same time', async () => {
    const sample = crashSample(EVENTS, { inJournalOnly: 2 });
    const [first, ...others] = await Promise.all([recover(sample), recover(sample), recover(sample)]);
    for (const other of others) expect(other).toEqual(first);
    const verified = await verifyRecording({ path: sample.path, publicKeyPem: sample.keys.publicKeyPem });
    expect(verified).toMatchObject({ ok: true, headHex: first?.headHex });
    expect((await readAll(sample)).events.slice(1)).toEqual(EVENTS);
  });

  it('leaves a cut of the recovered file visible', async () => {
    const sample = crashed();
    await recover(sample);
    truncateSync(sample.path, sample.bytes.length);
    const verified = await verifyRecording({ path: sample.path, publicKeyPem: sample.keys.publicKeyPem });
    expect(verified.problems).toMatchObject([{ code: 'unsealed', offset: sample.bytes.length }]);
  });

  it('gives the same head again, and leaves a closed recording as it is', async () => {
    const sample = crashed();
    appendFileSync(sample.path, Buffer.from([0, 0, 1]));
    const once = await recover(sample);
    const sealed = readFileSync(sample.path);
    expect(await recover(sample)).toEqual(once);
    expect(readFileSync(sample.path)).toEqual(sealed);

    const closed = await writeSample(EVENTS);
    expect(await recover(closed)).toEqual({
      headHex: closed.headHex,
      bytes: closed.bytes.length,
      setAsideBytes: 0,
    });
    expect(readFileSync(closed.path)).toEqual(closed.bytes);
  });

  it('takes the zeros that a power cut leaves for an unfinished write', async () => {
    const sample = crashed();
    appendFileSync(sample.path, Buffer.alloc(10_000));
    expect((await recover(sample))?.setAsideBytes).toBe(10_000);
    const verified = await verifyRecording({ path: sample.path, publicKeyPem: sample.keys.publicKeyPem });
    expect(verified.ok).toBe(true);
  });

  it('seals behind the first parts of an event that was never finished', async () => {
    // Above what is packed at all.
    const text = 'x'.repeat(1_100_000);
    const sample = crashSample([statementEvent(1, text)]);
    const spans = frameSpans(sample.bytes);
    expect(spans.map(({ type }) => type)).toEqual([1, 2, 4, 3, 3, 3, 3, 2]);
    writeFileSync(sample.path, sample.bytes.subarray(0, (spans[4]?.end ?? 0) + 100));
    expect((await recover(sample))?.setAsideBytes).toBe(100);
    const types = frameSpans(readFileSync(sample.path)).map(({ type }) => type);
    expect(types).toEqual([1, 2, 4, 3, 3, 5, 3, 3, 3, 3, 2, 4]);
    const verified = await verifyRecording({ path: sample.path, publicKeyPem: sample.keys.publicKeyPem });
    expect(verified.ok).toBe(true);
    expect((await readAll(sample)).end.complete).toBe(true);
    expect((await readAll(sample)).events.slice(1)).toEqual([statementEvent(1, text)]);
  });

  it('refuses to seal over damage that something signed follows, and leaves the file as it was found', async () => {
    const sample = crashed();
    const spans = frameSpans(sample.bytes);
    const signedUpTo = spans.findLastIndex(({ type }) => type === 4);
    expect(signedUpTo).toBe(2);
    for (const span of spans.slice(0, signedUpTo)) {
      const damaged = flipped(sample.bytes, span.start + 12);
      writeFileSync(sample.path, damaged);
      await expect(recover(sample)).rejects.toMatchObject({ code: 'recording_failed' });
      expect(readFileSync(sample.path)).toEqual(damaged);
      expect(existsSync(sample.journal)).toBe(true);
    }
  });

  it('takes from the journal what a power cut has damaged at the end of the file', async () => {
    const sample = crashed();
    const journal = readFileSync(sample.journal);
    for (const span of frameSpans(sample.bytes).slice(2)) {
      writeFileSync(sample.path, flipped(sample.bytes, span.start + 12));
      writeFileSync(sample.journal, journal);
      writeFileSync(setAsidePath(sample.path), '');
      expect((await recover(sample))?.setAsideBytes).toBe(sample.bytes.length - span.start);
      expect((await readAll(sample)).events.slice(1)).toEqual(EVENTS);
      const verified = await verifyRecording({ path: sample.path, publicKeyPem: sample.keys.publicKeyPem });
      expect(verified.ok).toBe(true);
    }
  });

  it('refuses bytes behind the seal, another session under this name, and other keys', async () => {
    const sample = crashed();
    await recover(sample);
    appendFileSync(sample.path, 'x');
    await expect(recover(sample)).rejects.toMatchObject({ code: 'recording_failed' });

    const other = crashed();
    writeFileSync(`${other.directory}/s-2.sprec`, other.bytes);
    await expect(recover(other, 's-2')).rejects.toMatchObject({ code: 'recording_failed' });
    const keys = sampleKeys({ master: 5 });
    await expect(recover({ ...other, keys })).rejects.toMatchObject({ code: 'config_invalid' });
    expect(readFileSync(other.path)).toEqual(other.bytes);
  });

  it('finds nothing to seal where nothing was recorded', async () => {
    const sample = crashed();
    expect(await recover(sample, 's-7')).toBeNull();
    for (const bytes of [Buffer.alloc(0), sample.bytes.subarray(0, 5), sample.bytes.subarray(0, 60)]) {
      writeFileSync(sample.path, bytes);
      expect(await recover(sample)).toBeNull();
      expect(readFileSync(sample.path)).toEqual(bytes);
    }
    await expect(recover(sample, '../s-1')).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  const damaged = Buffer.from(bytes);
  damaged.writeUInt8(damaged.readUInt8(at) ^ 1, at);
  return damaged;
}

describe('a reader beside a living recorder', () => {
  it('yields what is whole so far and says that it is not complete', async () => {
    const sample = crashed();
    const whole = (await readAll(sample)).events;
    for (const span of frameSpans(sample.bytes)) {
      for (const cut of [span.start, span.start + 4, span.end - 1]) {
        writeFileSync(sample.path, sample.bytes.subarray(0, cut));
        const { events, end } = await readAll(sample);
        expect(events).toEqual(whole.slice(0, events.length));
        expect(end).toEqual({ complete: false, sealedBy: null, problem: null });
      }
    }
  });
});
