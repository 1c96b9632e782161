import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryDirectory } from '../../unit/recording/sample-recording.ts';

const PROGRAM = fileURLToPath(new URL('programs/measure-append.ts', import.meta.url));
const reportSchema = z.object({ rounds: z.array(z.object({ medianUs: z.number() })).min(1) });

/** Ten times what it takes: it is for a change that makes a cipher or a signature for each statement. */
const MEDIAN_US_MAX = 100;

it('costs a statement microseconds to be recorded', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    PROGRAM,
    temporaryDirectory(),
    '100',
    '2000',
  ]);
  const { rounds } = reportSchema.parse(JSON.parse(stdout));
  expect(Math.min(...rounds.map(({ medianUs }) => medianUs))).toBeLessThan(MEDIAN_US_MAX);
});
