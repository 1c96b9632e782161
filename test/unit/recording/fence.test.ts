/** A recorder that lives, and recovery that takes it for dead: the recording stays one that verifies. */
import { appendFileSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { setAsidePath } from '../../../src/recording/layout.ts';
import { recoverRecording } from '../../../src/recording/recover.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import { END_EVENT, sampleKeys, statementEvent } from './sample-data.ts';
import { crashSample, openSample, readAll, temporaryDirectory } from './sample-recording.ts';

const KEYS = sampleKeys();
const FAILED = expect.objectContaining({ code: 'recording_failed' });

describe('a recorder that recovery took for dead', () => {
  it('writes nothing behind the seal, and fails', async () => {
    const directory = temporaryDirectory();
    const recorder = openSample({ directory });
    recorder.append(statementEvent(1, 'select 1'));
    recorder.flush();
    const { path } = recorder;
    // Otherwise it writes while the recovery looks, which then refuses.
    await vi.waitFor(async () => expect((await readAll({ path, keys: KEYS })).events).toHaveLength(2));
    const recovery = await recoverRecording({ directory, keys: KEYS, sessionId: 's-1' });
    await vi.waitFor(() =>
      expect(() => {
        recorder.append(statementEvent(2, 'select 2'));
        recorder.flush();
      }).toThrow(FAILED),
    );
    await expect(recorder.close()).rejects.toEqual(FAILED);
    const verified = await verifyRecording({ path, publicKeyPem: KEYS.publicKeyPem });
    expect(verified).toMatchObject({ ok: true, sealedBy: 'recovered', headHex: recovery?.headHex });
    expect((await readAll({ path, keys: KEYS })).events.slice(1)).toEqual([statementEvent(1, 'select 1')]);
  });

  it('does not seal again when its session ends', async () => {
    const directory = temporaryDirectory();
    const recorder = openSample({ directory });
    const recovery = await recoverRecording({ directory, keys: KEYS, sessionId: 's-1' });
    recorder.append(END_EVENT);
    await expect(recorder.close()).rejects.toEqual(FAILED);
    const { path } = recorder;
    expect(await verifyRecording({ path, publicKeyPem: KEYS.publicKeyPem })).toMatchObject({
      ok: true,
      headHex: recovery?.headHex,
    });
  });
});

describe('a recorder whose file was taken away or cut', () => {
  it('fails with its next write', async () => {
    for (const spoil of [rmSync, (path: string) => appendFileSync(path, 'x')]) {
      const recorder = openSample();
      spoil(recorder.path);
      recorder.append(statementEvent(1, 'select 1'));
      await vi.waitFor(() => expect(() => recorder.flush()).toThrow(FAILED));
    }
  });

  it('says so once by itself, though nothing more is asked of it', async () => {
    const recorder = openSample();
    const told = vi.fn();
    recorder.onFailure(told);
    rmSync(recorder.path);
    recorder.note({
      type: 'outcome',
      atMs: 1,
      statement: 1,
      durationMs: 1,
      tags: [],
      rows: 0,
      maskedCells: 0,
      error: null,
    });
    await vi.waitFor(() => expect(told).toHaveBeenCalled());
    expect(() => recorder.flush()).toThrow(FAILED);
    expect(told).toHaveBeenCalledTimes(1);
    recorder.onFailure(told);
    expect(told).toHaveBeenCalledTimes(2);
  });
});

describe('recovery', () => {
  it('cuts nothing that was written while it worked', async () => {
    const sample = crashSample([END_EVENT]);
    appendFileSync(sample.path, Buffer.alloc(64 * 1_048_576));
    const recovering = recoverRecording({ ...sample, sessionId: 's-1' });
    recovering.catch(() => undefined);
    await vi.waitFor(() => expect(existsSync(setAsidePath(sample.path))).toBe(true), {
      interval: 1,
      timeout: 20_000,
    });
    appendFileSync(sample.path, 'written meanwhile');
    const { size } = statSync(sample.path);
    await expect(recovering).rejects.toMatchObject({ code: 'conflict' });
    expect(statSync(sample.path).size).toBe(size);
    expect(readFileSync(sample.path).subarray(-9).toString()).toBe('meanwhile');
  });
});
