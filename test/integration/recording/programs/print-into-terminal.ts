/** Prints into a recorded terminal, as fast as a program does, and says on stdout what it printed when; until it is killed. */
import { createHostRecord } from '../../../../src/broker/ssh/recording/host-record.ts';
import type { HostPolicy } from '../../../../src/policies/rules/host-policy.ts';
import { Journal } from '../../../../src/recording/journal/journal.ts';
import { openRecording } from '../../../../src/recording/writer.ts';
import { sampleFacts, sampleKeys } from '../../../unit/recording/sample-data.ts';

const PRINT_MS = 3;

const [, , directory = ''] = process.argv;
const journal = new Journal({ directory, keys: sampleKeys(), sync: 100 });
const recorder = openRecording({ journal, facts: { ...sampleFacts(), resourceKind: 'ssh' } });
const startedAtMs = Date.now();
const { openChannel } = createHostRecord({
  live: {
    get ageMs() {
      return Date.now() - startedAtMs;
    },
    onEnd: () => () => undefined,
  },
  gate: {
    noteChannel: (event) => {
      if (event.type === 'channel') recorder.append(event);
      else recorder.note(event);
    },
  },
  policy: { applies: { masks: [] } as unknown as HostPolicy },
  hashKey: null,
  limits: { outputBytesPerCommandMax: 0, terminalBytesMax: 1_073_741_824 },
  end: () => undefined,
});
const terminal = { term: 'xterm', columns: 80, rows: 24 };
const flow = openChannel({ number: 1, kind: 'raw', terminal, detail: null }).output({
  statement: null,
  stream: 'stdout',
  as: 'terminal',
});
recorder.flush();

let line = 0;
setInterval(() => {
  line += 1;
  flow.push(Buffer.from(`line ${line}\r\n`));
  process.stdout.write(`${line} ${Date.now()}\n`);
}, PRINT_MS);
