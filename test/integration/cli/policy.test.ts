/** `sallyport policy`: a file is checked without starting anything. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { runCli } from '../../support/command-line.ts';
import { runJson, runProcess } from './harness.ts';

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
    const result = await runProcess(['policy', 'check', 'good.yaml'], { workingDirectory: directory });
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

  test('warns of what makes somebody an operator', async () => {
    const who = 'policy: { who: { groups: [platform] } }\n';
    await writeFile(join(directory, 'operators.yaml'), who);
    const approval = 'policy: { who: { groups: [platform] }, approval: { from: [{ group: sre }] } }\n';
    await writeFile(join(directory, 'guarded.yaml'), approval);
    const warned = await runCli(['policy', 'check', 'operators.yaml'], { workingDirectory: directory });
    expect(warned).toMatchObject({ status: 0, stdout: expect.stringContaining('is valid') });
    expect(warned.stderr).toMatch(/^operators\.yaml: warning: policy\.who: .*operators/);
    const guarded = await runCli(['policy', 'check', 'guarded.yaml'], { workingDirectory: directory });
    expect(guarded).toMatchObject({ status: 0, stderr: '' });
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

describe('sallyport policy explain', () => {
  const explain = (...args: string[]): string[] => ['policy', 'explain', '--resource', 'shop', ...args];

  beforeAll(async () => {
    await writeFile(
      join(directory, 'sallyport.yaml'),
      `resources:
  - name: shop
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app, password: { env: SHOP } }
    roles:
      read: { allow: [select], functions: [app.total] }
      write: { allow: [select, insert, update, delete] }
rules:
  - name: no-unbounded-writes
    on: { kind: postgres }
    match: { effects: [delete, update], missingWhere: true }
    action: deny
    message: Add a WHERE clause.
  - { name: elsewhere, on: { name: web }, match: { effects: [select] }, action: deny }
masks:
  - { name: contact, columns: ["public.customers.email"], with: redact }
`,
    );
    await writeFile(join(directory, 'change.sql'), 'UPDATE public.orders SET total = 1 WHERE id = 2;\n');
  });

  test('as JSON says what each statement would do, and which rule decides', async () => {
    const found = await runJson(
      explain(
        '--statement',
        'with o as (select app.f(id) from a.orders) select * from o; delete from orders',
      ),
      { workingDirectory: directory },
    );
    expect(found).toEqual({
      statements: [
        {
          text: 'with o as (select app.f(id) from a.orders) select * from o',
          effects: ['select', 'call'],
          relations: [{ schema: 'a', name: 'orders', access: 'read' }],
          functions: ['app.f'],
          flags: ['several-statements'],
        },
        {
          text: 'delete from orders',
          effects: ['delete'],
          relations: [{ schema: null, name: 'orders', access: 'write' }],
          functions: [],
          flags: ['missing-where', 'several-statements'],
        },
      ],
      role: 'read',
      verdict: 'deny',
      rule: 'no-unbounded-writes',
      reason: 'Add a WHERE clause.',
      rules: [{ name: 'no-unbounded-writes', action: 'deny', matches: true }],
      roles: ['read', 'write'].map((role) => {
        return { role, verdict: 'deny', rule: 'no-unbounded-writes', reason: 'Add a WHERE clause.' };
      }),
    });
  });

  test('answers for the role that allows most, or for the one that is named', async () => {
    const statement = ['--statement', 'change.sql'];
    const options = { workingDirectory: directory };
    expect(await runJson(explain(...statement), options)).toMatchObject({
      statements: [{ text: 'UPDATE public.orders SET total = 1 WHERE id = 2;', effects: ['update'] }],
      role: 'write',
      verdict: 'allow',
      rule: null,
      roles: [
        { role: 'read', verdict: 'deny', rule: 'role' },
        { role: 'write', verdict: 'allow', rule: null },
      ],
    });
    expect(await runJson(explain(...statement, '--role', 'read'), options)).toMatchObject({
      role: 'read',
      verdict: 'deny',
      rule: 'role',
      reason: 'The role read does not allow "update". It allows select.',
    });
    expect(await runJson(explain('--role', 'read', '--statement', 'select total(1)'), options)).toMatchObject(
      {
        statements: [{ effects: ['select', 'call'] }],
        verdict: 'allow',
      },
    );
  });

  test('reads stdin, and shows a person the same', async () => {
    const result = await runProcess(explain('--statement', '-'), {
      workingDirectory: directory,
      input: 'drop table orders -- \u001b[2J',
    });
    expect(result.status).toBe(0);
    expect(result.stdout).toMatch(/^effects +drop$/m);
    expect(result.stdout).toMatch(/^relations +orders \(write\)$/m);
    expect(result.stdout).toMatch(/^rule +no-unbounded-writes: deny, does not match$/m);
    expect(result.stdout).toMatch(/^verdict +deny as read, rule role$/m);
    expect(result.stdout).not.toContain('\u001b');
    expect(result.stderr).toContain('Masks are not judged here');
  });

  test.each([
    [explain('--statement', 'select 1', '--role', 'owner'), 1, 'shop has no role owner. It has read, write.'],
    [['policy', 'explain', '--resource', 'shap', '--statement', 'select 1'], 1, 'There is: shop.'],
    [explain('--statement', 'select 1', '--file', 'gone.yaml'), 1, 'gone.yaml'],
    [['policy', 'explain', '--statement', 'select 1'], 2, '--resource'],
  ])('says what is wrong: %#', async (args, status, reason) => {
    const result = await runCli(args, { workingDirectory: directory });
    expect(result).toMatchObject({ status, stdout: '' });
    expect(result.stderr).toContain(reason);
  });

  test('says of a command for a host what would be sent', async () => {
    await writeFile(
      join(directory, 'hosts.yaml'),
      `resources:
  - name: web-1
    kind: ssh
    address: 10.0.0.9:22
    hostKey: ssh-ed25519 AAAA
    credential: { username: deploy, privateKey: { file: ./key } }
    roles: { look: { programs: [ls, cat] } }
`,
    );
    const args = ['policy', 'explain', '--config', 'hosts.yaml', '--resource', 'web-1', '--statement'];
    const shown = await runCli([...args, 'ls "my dir" | cat > out'], { workingDirectory: directory });
    expect(shown.status).toBe(0);
    expect(shown.stdout).toMatch(/^sent as +ls 'my dir' \| cat >out$/m);
    expect(shown.stdout).toMatch(/^files +\/home\/deploy\/out \(write\)$/m);
    expect(shown.stdout).toMatch(/^reason +The role look does not allow "write-file"/m);
    const check = await runCli(['policy', 'check', 'hosts.yaml'], { workingDirectory: directory });
    expect(check).toMatchObject({ status: 0 });
  });

  test('a statement that cannot be read is denied, not an error', async () => {
    expect(
      await runJson(explain('--statement', 'delete frm x'), { workingDirectory: directory }),
    ).toMatchObject({
      statements: [{ effects: ['unknown'] }],
      verdict: 'deny',
      rule: 'unparsable',
    });
  });
});

test('sallyport policy schema prints a JSON Schema that an editor can read', async () => {
  const schema = z.fromJSONSchema(z.record(z.string(), z.any()).parse(await runJson(['policy', 'schema'])));
  expect(schema.safeParse({ incidents: { channels: ['inc-*'] } }).success).toBe(true);
  expect(schema.safeParse({ resorces: [] }).success).toBe(false);
});
