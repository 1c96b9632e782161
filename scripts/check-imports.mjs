/**
 * Checks the import rules with dependency-cruiser, and that it really saw the sources: with a
 * TypeScript it does not understand it looks at no module, finds no violation and reports success.
 *
 * usage: node scripts/check-imports.mjs [DIRECTORY]
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(process.argv[2] ?? '.');
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

const cruiser = join(import.meta.dirname, '../node_modules/.bin/depcruise');
const cruised = spawnSync(
  process.execPath,
  [cruiser, 'src', '--config', '.dependency-cruiser.js', '--output-type', 'json'],
  { cwd: root, encoding: 'utf8', maxBuffer: OUTPUT_BYTES_MAX },
);

let result;
try {
  result = JSON.parse(cruised.stdout);
} catch {
  console.error(`dependency-cruiser gave no result:\n${cruised.stderr || cruised.error}`);
  process.exit(1);
}

const seen = new Set(result.modules.map((module) => module.source));
const sources = readdirSync(join(root, 'src'), { recursive: true })
  .map((path) => `src/${path}`)
  .filter((path) => /\.tsx?$/.test(path));
const unseen = sources.filter((path) => !seen.has(path));
const violations = result.summary.violations.filter((violation) => violation.rule.severity === 'error');

for (const { rule, from, to, cycle } of violations) {
  const target = cycle ? cycle.map((step) => step.name).join(' -> ') : to;
  console.error(`${from}: must not import ${target} (${rule.name})`);
}
if (sources.length === 0) console.error('no sources found under src/');
for (const path of unseen) console.error(`${path}: not seen by dependency-cruiser`);

const failed = violations.length > 0 || unseen.length > 0 || sources.length === 0;
console.log(
  `${sources.length - unseen.length} of ${sources.length} modules checked, ${violations.length} violations`,
);
process.exit(failed ? 1 : 0);
