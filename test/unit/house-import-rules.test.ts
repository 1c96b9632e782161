import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Every one of these must be found: what is wrong, in which file, and the line that is wrong. */
const VIOLATIONS = [
  ['the core imports a layer above it', 'src/core/above.ts', '../store/thing.ts'],
  ['the core imports a package', 'src/core/package.ts', 'zod'],
  ['the core touches the machine', 'src/core/machine.ts', 'node:fs'],
  ['a policy opens a connection', 'src/policies/connection.ts', 'pg'],
  ['a policy reads a file', 'src/policies/file.ts', 'node:fs'],
  ['the broker imports the bot', 'src/broker/bot.ts', '../bot/thing.ts'],
  ['the broker reads the store past the use cases', 'src/broker/store.ts', '../store/thing.ts'],
  ['the bot reads the store past the use cases', 'src/bot/store.ts', '../store/thing.ts'],
  ['jobs import the broker', 'src/jobs/broker.ts', '../broker/thing.ts'],
  ['the store imports a use case', 'src/store/access.ts', '../access/thing.ts'],
  ['a protocol imports its sibling', 'src/broker/postgres/sibling.ts', '../ssh/thing.ts'],
  ['a platform imports its sibling', 'src/bot/slack/sibling.ts', '../teams/thing.ts'],
  ['the gate imports a protocol', 'src/broker/gate.ts', './ssh/thing.ts'],
  ['a shared card imports a platform', 'src/bot/cards/platform.ts', '../teams/thing.ts'],
  ['the command line imports a use case', 'src/cli/access.ts', '../access/thing.ts'],
  ['the pages run code of the server', 'src/pages/server.ts', '../bot/card.ts'],
  ['the server is loaded before its configuration was read', 'src/start.ts', './main.ts'],
  ['a command is loaded before it is wanted', 'src/cli/command-table.ts', './commands/thing.ts'],
  ['the product imports a development tool', 'src/access/tool.ts', 'playwright-core'],
  ['a folder that no rule names imports anything', 'src/somewhere/new.ts', '../core/thing.ts'],
] as const;

const TARGETS = [
  ...['core', 'store', 'bot', 'broker', 'access', 'broker/ssh', 'bot/teams', 'cli/commands'].map(
    (folder) => `src/${folder}/thing.ts`,
  ),
  'src/bot/card.ts',
  'src/main.ts',
];

describe('the import rules', () => {
  let copy: string;

  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'sallyport-imports-'));
    for (const path of ['package.json', 'tsconfig.json', '.dependency-cruiser.js']) {
      cpSync(join(ROOT, path), join(copy, path));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  });
  afterAll(() => rmSync(copy, { recursive: true, force: true }));

  /** Runs the check on exactly these sources. */
  function check(sources: Readonly<Record<string, string>>): { code: number | null; output: string } {
    rmSync(join(copy, 'src'), { recursive: true, force: true });
    for (const [path, text] of Object.entries(sources)) {
      mkdirSync(join(copy, dirname(path)), { recursive: true });
      writeFileSync(join(copy, path), text);
    }
    const result = spawnSync(process.execPath, [join(ROOT, 'scripts/check-imports.mjs'), copy], {
      encoding: 'utf8',
    });
    return { code: result.status, output: result.stdout + result.stderr };
  }

  const importing = (path: string): string =>
    `import * as imported from '${path}';\nexport const used = imported;\n`;

  test('hold for what the design allows', () => {
    const result = check({
      'src/core/thing.ts': 'export const thing = 1;\n',
      'src/policies/parser.ts': importing('libpg-query'),
      'src/store/query.ts': importing('pg'),
      'src/access/use-case.ts': importing('../store/query.ts'),
      'src/broker/gate.ts': importing('../access/use-case.ts'),
      'src/broker/postgres/relay.ts': importing('../gate.ts'),
      'src/broker/protocols.ts': importing('./postgres/relay.ts'),
      'src/main.ts': importing('./broker/protocols.ts'),
      'src/start.ts': "export const start = () => import('./main.ts');\n",
    });
    expect(result).toEqual({ code: 0, output: '9 of 9 modules checked, 0 violations\n' });
  });

  describe('fail when', () => {
    let result: ReturnType<typeof check>;
    beforeAll(() => {
      result = check({
        ...Object.fromEntries(TARGETS.map((path) => [path, 'export const thing = 1;\n'])),
        ...Object.fromEntries(VIOLATIONS.map(([, from, to]) => [from, importing(to)])),
      });
    });

    test.each(VIOLATIONS)('%s', (_what, from) => {
      expect(result.code).toBe(1);
      expect(result.output).toContain(`${from}: must not import`);
    });

    test('nothing else is reported', () => {
      const reported = new Set(result.output.match(/^src\S+(?=: must not import)/gm));
      expect(reported).toEqual(new Set(VIOLATIONS.map(([, from]) => from)));
    });
  });

  test('fail on a cycle', () => {
    const result = check({
      'src/access/one.ts': "import { two } from './two.ts';\nexport const one = (): number => two();\n",
      'src/access/two.ts': "import { one } from './one.ts';\nexport const two = (): number => one();\n",
    });
    expect(result.code).toBe(1);
    expect(result.output).toContain('no-cycles');
  });

  test('fail when the checker saw nothing of the sources', () => {
    writeFileSync(join(copy, '.dependency-cruiser.js'), "export default { options: { exclude: 'src' } };\n");
    const result = check({ 'src/core/thing.ts': 'export const thing = 1;\n' });
    cpSync(join(ROOT, '.dependency-cruiser.js'), join(copy, '.dependency-cruiser.js'));
    expect(result.code).toBe(1);
    expect(result.output).toContain('src/core/thing.ts: not seen by dependency-cruiser');
  });
});
