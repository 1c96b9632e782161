/**
 * `npm run bench -- NAME [--json]`: measures a direct connection and Sallyport in interleaved rounds of one
 * run, and prints medians and ratios (design, section 10). A ratio of 1 is parity, more is better.
 */
import { parseArgs } from 'node:util';
import { benchPostgres } from './postgres.ts';
import type { BenchReport } from './report.ts';

const BENCHES: Readonly<Record<string, () => Promise<BenchReport>>> = { postgres: benchPostgres };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { json: { type: 'boolean' }, help: { type: 'boolean' } },
});
const [name] = positionals;
const bench = name !== undefined && Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
const known = Object.keys(values).every((option) => ['json', 'help'].includes(option));
if (values['help'] === true || bench === undefined || !known) {
  process.stderr.write(`Usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [--json]\n`);
  process.exitCode = values['help'] === true ? 0 : 2;
} else {
  const report = await bench();
  process.stdout.write(values['json'] === true ? `${JSON.stringify(report)}\n` : asText(report));
}

function asText({ bench: title, rounds, results }: BenchReport): string {
  const rows = results.map(
    ({ name: what, unit, sallyport, direct, ratioToDirect }) =>
      `${what.padEnd(34)} ${format(direct)} ${format(sallyport)}  ${ratioToDirect.toFixed(2)}  ${unit}`,
  );
  return [
    `${title}, ${rounds} rounds`,
    `${''.padEnd(34)} ${'direct'.padStart(12)} ${'sallyport'.padStart(12)}  ratio`,
    ...rows,
    '',
  ].join('\n');
}

function format(value: number): string {
  return value.toFixed(value < 100 ? 2 : 0).padStart(12);
}
