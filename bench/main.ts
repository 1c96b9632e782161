/**
 * `npm run bench -- NAME [--json]`: measures a direct connection, a peer and Sallyport in interleaved rounds
 * of one run, and prints medians and ratios (design, section 10). A ratio of 1 is parity, more is better.
 */
import { parseArgs } from 'node:util';
import { benchApprovals } from './approvals.ts';
import { benchChat } from './chat.ts';
import { benchPostgres } from './postgres.ts';
import { benchRecording } from './recording.ts';
import type { BenchCost, BenchReport, BenchResult } from './report.ts';
import { benchSearch } from './search.ts';
import { benchSsh } from './ssh.ts';
import { benchWatching } from './watching.ts';

const BENCHES: Readonly<Record<string, (options: { prepared?: string }) => Promise<BenchReport>>> = {
  postgres: benchPostgres,
  ssh: benchSsh,
  approvals: benchApprovals,
  chat: benchChat,
  search: benchSearch,
  recording: benchRecording,
  watching: benchWatching,
};
const BARE_RELAY =
  'bare relay: copies bytes in Node and does nothing else; "bare /pgb." is how far that comes';
const NAME_WIDTH = 42;
const NUMBER_WIDTH = 12;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { json: { type: 'boolean' }, prepared: { type: 'string' }, help: { type: 'boolean' } },
});
const [name] = positionals;
const bench = name !== undefined && Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
const known = Object.keys(values).every((option) => ['json', 'prepared', 'help'].includes(option));
if (values['help'] === true || bench === undefined || !known) {
  process.stderr.write(
    `Usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [--json]\n       npm run bench -- search [--prepared DIRECTORY]\n`,
  );
  process.exitCode = values['help'] === true ? 0 : 2;
} else {
  const { prepared } = values;
  const report = await bench(typeof prepared === 'string' ? { prepared } : {});
  process.stdout.write(values['json'] === true ? `${JSON.stringify(report)}\n` : asText(report));
}

function asText({ bench: title, rounds, results, costs }: BenchReport): string {
  if (results.length === 0) return [title, ...costs.map(costLine), ''].join('\n');
  const headings = ['direct', 'pgbouncer', 'bare relay', 'sallyport', '/direct', '/pgbouncer', 'bare /pgb.'];
  return [
    `${title}, medians of ${rounds} rounds after a warm-up`,
    `${''.padEnd(NAME_WIDTH)}${headings.map((heading) => heading.padStart(NUMBER_WIDTH)).join('')}`,
    ...results.map(resultLine),
    ...(results.some(({ bareRelay }) => bareRelay !== null) ? [BARE_RELAY] : []),
    '',
    ...costs.map(costLine),
    '',
  ].join('\n');
}
function resultLine(result: BenchResult): string {
  const { direct, pgbouncer, bareRelay, sallyport, unit } = result;
  const { ratioToDirect, ratioToPgbouncer, bareRelayToPgbouncer } = result;
  const rates = [direct, pgbouncer, bareRelay, sallyport];
  const figures = [...rates, ratioToDirect, ratioToPgbouncer, bareRelayToPgbouncer].map(format);
  return `${result.name.padEnd(NAME_WIDTH)}${figures.join('')}  ${unit}`;
}

function costLine({ name: what, value, unit }: BenchCost): string {
  return `${what.padEnd(NAME_WIDTH)}${format(value)}  ${unit}`;
}

function format(value: number | null): string {
  const text = value === null ? '-' : value.toFixed(value < 100 ? 2 : 0);
  return text.padStart(NUMBER_WIDTH);
}
