import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryDirectory } from '../unit/recording/sample-recording.ts';

const PROGRAM = fileURLToPath(new URL('process-large-recording.ts', import.meta.url));

const RECORDED_BYTES = 128 * 1_048_576;
const reportSchema = z.object({
  verified: z.boolean(),
  bytes: z.number(),
  jsonCharacters: z.number(),
  textCharacters: z.number(),
  entries: z.number(),
  baseMegabytes: z.number(),
  residentMegabytes: z.number(),
});

it('verifies, reads and exports a recording that it could not hold in memory', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, temporaryDirectory(), '128']);
  const report = reportSchema.parse(JSON.parse(stdout));
  expect(report).toMatchObject({ verified: true, entries: 100 });
  expect(report.bytes).toBeGreaterThan(RECORDED_BYTES);
  expect(report.jsonCharacters).toBeGreaterThan(RECORDED_BYTES);
  expect(report.textCharacters).toBeGreaterThan(RECORDED_BYTES);
  expect(report.residentMegabytes - report.baseMegabytes).toBeLessThan(100);
}, 120_000);
