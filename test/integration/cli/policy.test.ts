/** `sallyport policy`: a file is checked without starting anything. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { runCli, runJson } from './harness.ts';

const GOOD = 'access:\n  - { name: all, who: { groups: [a] }, to: {}, roles: [read], approval: auto }\n';
const BAD =
  'resorces: []\naccess:\n  - name: all\n    who: { groups: [a] }\n    to: {}\n    roles: []\n    approval: auto\n';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-policy-'));
  await writeFile(join(directory, 'good.yaml'), GOOD);
  await writeFile(join(directory, 'bad.yaml'), BAD);
  await writeFile(join(directory, 'broken.yaml'), 'access: [\n');
});
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe('sallyport policy check', () => {
  test('accepts a good file and names its version', async () => {
    const result = await runCli(['policy', 'check', 'good.yaml'], { workingDirectory: directory });
    expect(result).toMatchObject({ status: 0, stderr: '' });
    expect(result.stdout).toMatch(/^good\.yaml is valid \(version [0-9a-f]{12}\)\.\n$/);
  });

  test('lists every problem with path and line, and fails', async () => {
    const result = await runCli(['policy', 'check', 'bad.yaml'], { workingDirectory: directory });
    expect(result).toMatchObject({ status: 1, stdout: '' });
    expect(result.stderr).toMatch(/^bad\.yaml:1:\d+: .*resorces/m);
    expect(result.stderr).toMatch(/^bad\.yaml:6:\d+: access\[0\]\.roles: /m);
    expect(result.stderr).toContain('bad.yaml has 2 problems.');
  });

  test('gives the same as JSON', async () => {
    const result = await runCli(['policy', 'check', 'bad.yaml', '--json'], { workingDirectory: directory });
    expect(result.status).toBe(1);
    expect(JSON.parse(result.stdout)).toMatchObject({
      ok: false,
      file: 'bad.yaml',
      problems: [{ line: 1 }, { line: 6, path: 'access[0].roles' }],
    });
    expect(await runJson(['policy', 'check', 'good.yaml'], { workingDirectory: directory })).toMatchObject({
      ok: true,
    });
  });

  test.each([
    ['broken.yaml', /^broken\.yaml:\d+:\d+: /m],
    ['gone.yaml', /Cannot read gone\.yaml/],
  ])('says what is wrong with %s', async (file, reason) => {
    const result = await runCli(['policy', 'check', file], { workingDirectory: directory });
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(reason);
  });
});

test('sallyport policy schema prints a JSON Schema that an editor can read', async () => {
  const schema = z.fromJSONSchema(z.record(z.string(), z.any()).parse(await runJson(['policy', 'schema'])));
  expect(schema.safeParse({ incidents: { channels: ['inc-*'] } }).success).toBe(true);
  expect(schema.safeParse({ resorces: [] }).success).toBe(false);
});
