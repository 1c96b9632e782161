/**
 * Records as fast as it can until it is killed: after each flush() that returned it reports the number
 * of events on standard output. Now and then an event is larger than a frame.
 * Arguments: directory, `strict` or the sync interval in milliseconds.
 */
import { writeSync } from 'node:fs';
import { Journal } from '../../../../src/recording/journal/journal.ts';
import { openRecording } from '../../../../src/recording/writer.ts';
import { sampleFacts, sampleKeys, statementEvent } from '../../../unit/recording/sample-data.ts';

const [directory = '', sync = '100'] = process.argv.slice(2);
const journal = new Journal({
  directory,
  keys: sampleKeys(),
  sync: sync === 'strict' ? 'strict' : Number(sync),
});
const recorder = openRecording({ journal, facts: sampleFacts() });
for (let statement = 1; ; statement++) {
  const padding = statement % 50 === 0 ? 400_000 : 200;
  recorder.append(statementEvent(statement, `select ${statement} -- ${'x'.repeat(padding)}`));
  recorder.flush();
  writeSync(1, `${statement}\n`);
  // A background sync needs a turn of the event loop.
  if (statement % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
}
