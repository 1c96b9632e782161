/**
 * Begins recordings in a directory where they cannot be written, and prints what is left: descriptors, and files
 * with their sizes. Arguments: the directory.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Journal } from '../../../../src/recording/journal/journal.ts';
import { openRecording } from '../../../../src/recording/writer.ts';
import { sampleFacts, sampleKeys } from '../../../unit/recording/sample-data.ts';

const ATTEMPTS = 10;

const [directory = ''] = process.argv.slice(2);
const journal = new Journal({ directory, keys: sampleKeys(), sync: 100 });
const descriptors = (): number => readdirSync('/proc/self/fd').length;
const before = descriptors();
let refused = 0;
for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
  try {
    openRecording({ journal, facts: sampleFacts(`s-${attempt}`) });
  } catch {
    refused += 1;
  }
}
await journal.close();
const files = readdirSync(directory).map((name) => [name, statSync(join(directory, name)).size]);
process.stdout.write(JSON.stringify({ refused, leaked: descriptors() - before, files }));
