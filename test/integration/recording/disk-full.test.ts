import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { prepareRecordingDirectory, SIGNING_KEY_FILE } from '../../../src/recording/layout.ts';
import { recoverRecording } from '../../../src/recording/recover.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import { sampleKeys } from '../../unit/recording/sample-data.ts';
import { readAll, temporaryDirectory } from '../../unit/recording/sample-recording.ts';

const PROGRAM = fileURLToPath(new URL('programs/write-until-refused.ts', import.meta.url));
const BEGIN = fileURLToPath(new URL('programs/begin-and-fail.ts', import.meta.url));
const run = promisify(execFile);

/** A mount namespace of its own, so that nothing stays mounted whatever happens. */
const onTmpfs = (size: string) =>
  ['unshare', '--mount', 'sh', '-c', `mount -t tmpfs -o size=${size} none "$0" && exec "$@"`] as const;
const TMPFS = onTmpfs('128k');
const mayMount = spawnSync(TMPFS[0], [...TMPFS.slice(1), '/mnt', 'true']).status === 0;
/** RLIMIT_FSIZE, in bytes. */
const SMALL_FILES = ['prlimit', '--fsize=65536'] as const;
const mayLimit = spawnSync(SMALL_FILES[0], [SMALL_FILES[1], 'true']).status === 0;

const refusal = z.object({ code: z.string(), cause: z.unknown() });
const leftSchema = z.object({
  refused: z.number(),
  leaked: z.number(),
  files: z.array(z.tuple([z.string(), z.number()])),
});
const outcomeSchema = z.object({ flushed: z.number(), refusal, again: refusal, close: refusal });

/** Runs the program under a limit and checks what any refusal must leave behind. */
async function recordUntilRefused(
  wrap: (directory: string) => readonly string[],
  cause: string,
): Promise<void> {
  const directory = join(temporaryDirectory(), 'recordings');
  mkdirSync(directory, { mode: 0o700 });
  const copyTo = join(dirname(directory), 'copy');
  const path = join(copyTo, 's-1.sprec');
  const [command = '', ...before] = wrap(directory);
  const { stdout } = await run(command, [...before, process.execPath, PROGRAM, directory, copyTo]);
  const outcome = outcomeSchema.parse(JSON.parse(stdout));
  const refused = { code: 'recording_failed', cause };
  expect(outcome).toMatchObject({ refusal: refused, again: refused, close: refused });
  expect(outcome.flushed).toBeGreaterThan(50);

  const keys = sampleKeys();
  await recoverRecording({ directory: copyTo, keys, sessionId: 's-1' });
  const { events } = await readAll({ path, keys });
  expect(events.length - 1).toBe(outcome.flushed);
  expect((await verifyRecording({ path, publicKeyPem: keys.publicKeyPem })).ok).toBe(true);
}

describe('a disk that takes no more', () => {
  it.runIf(mayMount)('fails the recorder for good when the file system is full', () =>
    recordUntilRefused((directory) => [...TMPFS, directory], 'ENOSPC'),
  );

  it.runIf(mayLimit)('fails the recorder for good when the file may grow no further', () =>
    recordUntilRefused(() => SMALL_FILES, 'EFBIG'),
  );

  it.runIf(mayLimit).each([
    ['the journal', 0],
    ['the file', 600],
  ])('keeps nothing of a recording when the beginning of %s cannot be written', async (_what, bytes) => {
    const directory = temporaryDirectory();
    prepareRecordingDirectory({ directory, publicKeyPem: sampleKeys().publicKeyPem });
    const { stdout } = await run('prlimit', [`--fsize=${bytes}`, process.execPath, BEGIN, directory]);
    const left = leftSchema.parse(JSON.parse(stdout));
    expect(left).toMatchObject({ refused: 10, leaked: 0 });
    const files = left.files.filter(([name]) => name !== SIGNING_KEY_FILE);
    expect(files).toHaveLength(10);
    expect(files.filter(([name, size]) => !name.endsWith('.sprec') || size > 0)).toEqual([]);
  });

  it.runIf(mayMount)('begins nothing where there is no room, and leaves no name behind', async () => {
    const directory = temporaryDirectory();
    const [command, ...before] = [...onTmpfs('48k'), directory];
    const { stdout } = await run(command, [...before, process.execPath, BEGIN, directory]);
    const { refused, files } = leftSchema.parse(JSON.parse(stdout));
    expect(refused).toBe(10);
    expect(files.map(([name]) => name)).toEqual([SIGNING_KEY_FILE]);
  });

  it('is tried for real on this machine', () => {
    expect(mayMount || mayLimit).toBe(true);
  });
});
