/** What is measured is what runs: the launcher's flags of Node are given to the benches too. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '../..');
const PACKAGE = z.object({ scripts: z.record(z.string(), z.string()) });

function launcherFlags(): string {
  const launcher = readFileSync(join(ROOT, 'bin/sallyport'), 'utf8');
  const [, flags = ''] = /^flags='([^']*)'$/m.exec(launcher) ?? [];
  return flags;
}

test('the benches run with the flags of the launcher', () => {
  const { scripts } = PACKAGE.parse(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')));
  expect(scripts['bench']).toBe(`node ${launcherFlags()} bench/main.ts`);
});

test('Node knows them', () => {
  const { status, stderr } = spawnSync(process.execPath, [...launcherFlags().split(' '), '-e', ''], {
    encoding: 'utf8',
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
