/**
 * Measures what recording a statement costs the data path: append() and flush() of one `statement`
 * event with a text of 300 bytes, in five rounds. Prints JSON, microseconds.
 * Arguments: directory, `strict` or the sync interval in milliseconds, statements in a round.
 */
import { Journal } from '../../../../src/recording/journal/journal.ts';
import { openRecording } from '../../../../src/recording/writer.ts';
import { sampleFacts, sampleKeys, statementEvent } from '../../../unit/recording/sample-data.ts';

const ROUNDS = 5;
const TEXT = `select ${'x'.repeat(293)}`;

const [directory = '', sync = '100', statements = '20000'] = process.argv.slice(2);
const journal = new Journal({
  directory,
  keys: sampleKeys(),
  sync: sync === 'strict' ? 'strict' : Number(sync),
});
const recorder = openRecording({ journal, facts: sampleFacts() });

function measureRound(): { meanUs: number; medianUs: number; p99Us: number } {
  const nanoseconds: number[] = [];
  for (let statement = 1; statement <= Number(statements); statement++) {
    const event = statementEvent(statement, TEXT);
    const from = process.hrtime.bigint();
    recorder.append(event);
    recorder.flush();
    nanoseconds.push(Number(process.hrtime.bigint() - from));
  }
  nanoseconds.sort((one, other) => one - other);
  const at = (share: number): number => (nanoseconds[Math.floor(nanoseconds.length * share)] ?? 0) / 1_000;
  const total = nanoseconds.reduce((sum, one) => sum + one, 0);
  return { meanUs: total / nanoseconds.length / 1_000, medianUs: at(0.5), p99Us: at(0.99) };
}

const rounds: ReturnType<typeof measureRound>[] = [];
for (let round = 0; round < ROUNDS; round++) {
  rounds.push(measureRound());
  await new Promise((resolve) => setTimeout(resolve, 150));
}
await recorder.close();
await journal.close();
process.stdout.write(JSON.stringify({ sync, rounds }));
