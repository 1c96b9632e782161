import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { recordingPath } from '../../../src/recording/layout.ts';
import { recoverRecording } from '../../../src/recording/recover.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import { sampleKeys } from '../../unit/recording/sample-data.ts';
import { readAll, temporaryDirectory } from '../../unit/recording/sample-recording.ts';

const PROGRAM = fileURLToPath(new URL('programs/print-into-terminal.ts', import.meta.url));
/** 100 ms are promised; the rest is for timers of a machine that is busy. */
const LOST_MS_MAX = 350;

it('what a terminal had shown 100 ms before kill -9 is in the recording, which verifies', async () => {
  const directory = temporaryDirectory();
  const child = spawn(process.execPath, [PROGRAM, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  let reported = '';
  child.stdout.on('data', (chunk: Buffer) => {
    reported += chunk.toString('latin1');
  });
  await once(child.stdout, 'data');
  await sleep(900);
  child.kill('SIGKILL');
  const [, signal] = await once(child, 'close');
  expect(signal).toBe('SIGKILL');

  const keys = sampleKeys();
  const recovery = await recoverRecording({ directory, keys, sessionId: 's-1' });
  const path = recordingPath(directory, 's-1');
  const verified = await verifyRecording({ path, publicKeyPem: keys.publicKeyPem });
  expect(verified).toMatchObject({ ok: true, sealedBy: 'recovered', headHex: recovery?.headHex });
  const { events } = await readAll({ path, keys });
  const text = events.flatMap((event) => (event.type === 'output' ? [event.text] : [])).join('');
  const lines = text.split('\r\n').slice(0, -1);
  expect(lines).toEqual(lines.map((_, index) => `line ${index + 1}`));
  const printed = reported
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ').map(Number));
  const lastMs = printed.at(-1)?.[1] ?? 0;
  const expected = printed.filter(([, atMs = 0]) => atMs <= lastMs - LOST_MS_MAX).length;
  expect(expected).toBeGreaterThan(10);
  expect(lines.length).toBeGreaterThanOrEqual(expected);
});
