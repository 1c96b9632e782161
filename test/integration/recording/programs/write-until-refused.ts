/**
 * Records until the operating system refuses, then says as JSON what happened and copies the file out.
 * Arguments: directory, path to copy the recording to.
 */
import { copyFileSync } from 'node:fs';
import { AppError } from '../../../../src/core/errors.ts';
import { openRecording } from '../../../../src/recording/writer.ts';
import { sampleFacts, sampleKeys, statementEvent } from '../../../unit/recording/sample-data.ts';

const [directory = '', copyTo = ''] = process.argv.slice(2);
const recorder = openRecording({ directory, keys: sampleKeys(), facts: sampleFacts(), sync: 10 });
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
copyFileSync(recorder.path, copyTo);
process.stdout.write(JSON.stringify({ flushed, refusal, again, close }));
