/**
 * Records until the operating system refuses, then says as JSON what happened and copies its files out.
 * Arguments: directory, directory to copy them to.
 */
import { cpSync } from 'node:fs';
import { AppError } from '../../../../src/core/errors.ts';
import { Journal } from '../../../../src/recording/journal/journal.ts';
import { openRecording } from '../../../../src/recording/writer.ts';
import { sampleFacts, sampleKeys, statementEvent } from '../../../unit/recording/sample-data.ts';

const [directory = '', copyTo = ''] = process.argv.slice(2);
const journal = new Journal({ directory, keys: sampleKeys(), sync: 10 });
const recorder = openRecording({ journal, facts: sampleFacts() });
let flushed = 0;

function codesOf(error: unknown): { code: string; cause: unknown } {
  if (!(error instanceof AppError)) return { code: 'not an AppError', cause: String(error) };
  const { cause } = error;
  return { code: error.code, cause: cause instanceof Error && 'code' in cause ? cause.code : null };
}

function recordUntilRefused(): unknown {
  try {
    for (;;) {
      recorder.append(statementEvent(flushed + 1, 'x'.repeat(700)));
      recorder.flush();
      flushed += 1;
    }
  } catch (error) {
    return error;
  }
}

const refusal = codesOf(recordUntilRefused());
const again = codesOf(recordUntilRefused());
const close = codesOf(await recorder.close().catch((error: unknown) => error));
cpSync(directory, copyTo, { recursive: true });
process.stdout.write(JSON.stringify({ flushed, refusal, again, close }));
