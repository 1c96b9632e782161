import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { recordingPath } from '../../../src/recording/layout.ts';
import { recoverRecording } from '../../../src/recording/recover.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import { sampleKeys } from '../../unit/recording/sample-data.ts';
import { readAll, temporaryDirectory } from '../../unit/recording/sample-recording.ts';

const PROGRAM = fileURLToPath(new URL('programs/write-at-full-speed.ts', import.meta.url));

/** Kills the program after some time. @returns the last number whose flush() had returned */
async function recordAndKill(input: { directory: string; sync: string; afterMs: number }): Promise<number> {
  const child = spawn(process.execPath, [PROGRAM, input.directory, input.sync], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let reported = '';
  child.stdout.on('data', (chunk: Buffer) => {
    reported += chunk.toString('latin1');
  });
  await once(child.stdout, 'data');
  await sleep(input.afterMs);
  child.kill('SIGKILL');
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');
  const whole = reported.slice(0, reported.lastIndexOf('\n'));
  return Number(whole.slice(whole.lastIndexOf('\n') + 1));
}

describe('kill -9 while recording at full speed', () => {
  it.each([
    { sync: '100', afterMs: 300 },
    { sync: '1', afterMs: 457 },
    { sync: 'strict', afterMs: 300 },
    { sync: '100', afterMs: 871 },
  ])('keeps every event whose flush() returned (sync $sync)', async ({ sync, afterMs }) => {
    const directory = temporaryDirectory();
    const keys = sampleKeys();
    const flushed = await recordAndKill({ directory, sync, afterMs });
    expect(flushed).toBeGreaterThan(10);

    const path = recordingPath(directory, 's-1');
    const recovery = await recoverRecording({ directory, keys, sessionId: 's-1' });
    const verified = await verifyRecording({ path, publicKeyPem: keys.publicKeyPem });
    expect(verified).toMatchObject({ ok: true, sealedBy: 'recovered', headHex: recovery?.headHex });
    const { events, end } = await readAll({ path, keys });
    expect(end).toMatchObject({ complete: true, problem: null });
    const numbers = events.flatMap((event) => (event.type === 'statement' ? [event.statement] : []));
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
    expect(numbers.length).toBeGreaterThanOrEqual(flushed);
  });
});
