/**
 * Writes, verifies, reads and exports a large recording, and reports the largest resident size that
 * each step needed. Arguments: directory, megabytes to record.
 */
import { statSync } from 'node:fs';
import { exportJsonLines } from '../../src/recording/exporters/json-lines.ts';
import { exportText } from '../../src/recording/exporters/text.ts';
import { Journal } from '../../src/recording/journal/journal.ts';
import { readRecording } from '../../src/recording/reader.ts';
import { buildTimeline } from '../../src/recording/timeline.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { openRecording } from '../../src/recording/writer.ts';
import { sampleFacts, sampleKeys, statementEvent } from '../unit/recording/sample-data.ts';

const ROWS = Array.from({ length: 300 }, (_, row) => [`${row}`, 'x'.repeat(200)]);

const [directory = '', megabytes = '64'] = process.argv.slice(2);
const keys = sampleKeys();

function residentMegabytesMax(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

async function record(): Promise<string> {
  const journal = new Journal({ directory, keys, sync: 60_000 });
  const recorder = openRecording({ journal, facts: sampleFacts() });
  const events = Math.ceil((Number(megabytes) * 1_048_576) / JSON.stringify(ROWS).length);
  const columns = [
    { name: 'id', masked: false },
    { name: 'text', masked: false },
  ];
  for (let statement = 1; statement <= events; statement++) {
    recorder.append(statementEvent(statement, `select ${statement}`));
    recorder.flush();
    recorder.note({ type: 'rows', atMs: statement, statement, columns, rows: ROWS });
  }
  await recorder.close();
  await journal.close();
  return recorder.path;
}

async function drain(parts: AsyncIterable<string>): Promise<number> {
  let characters = 0;
  for await (const part of parts) characters += part.length;
  return characters;
}

const path = await record();
const report: Record<string, unknown> = { bytes: statSync(path).size, baseMegabytes: residentMegabytesMax() };
report['verified'] = (await verifyRecording({ path, publicKeyPem: keys.publicKeyPem })).ok;
report['jsonCharacters'] = await drain(exportJsonLines(readRecording({ path, keys })));
report['textCharacters'] = await drain(exportText(readRecording({ path, keys })));
report['entries'] = (
  await buildTimeline({ events: readRecording({ path, keys }), entriesMax: 100 })
).entries.length;
report['residentMegabytes'] = residentMegabytesMax();
process.stdout.write(JSON.stringify(report));
