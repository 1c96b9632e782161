import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test, vi } from 'vitest';
import { listSessions } from '../../../src/access/read-access.ts';
import { useBroker } from './broker-harness.ts';

const broker = useBroker();
const directory = mkdtempSync(join(tmpdir(), 'sallyport-pgbench-'));
const script = join(directory, 'mixed.sql');
writeFileSync(
  script,
  `\\set id random(1, 200)
begin;
select name, city from customers where id = :id;
update orders set status = 'seen' where customer_id = :id;
select count(*) from payments where order_id = :id;
commit;
`,
);
const pipeline = join(directory, 'pipeline.sql');
writeFileSync(
  pipeline,
  `\\set id random(1, 200)
\\startpipeline
begin;
select name, city from customers where id = :id;
update orders set status = 'seen' where customer_id = :id;
select count(*) from payments where order_id = :id;
commit;
\\endpipeline
`,
);
afterAll(() => rmSync(directory, { recursive: true }));

test.each([
  ['simple', 'a mixed load', script],
  ['extended', 'a mixed load', script],
  ['prepared', 'a mixed load', script],
  ['extended', 'pipelines', pipeline],
  ['prepared', 'pipelines', pipeline],
])('pgbench runs through the %s protocol %s without a failure', async (protocol, _what, file) => {
  const connection = await broker.current.connection('write');
  const { port, username, password, database } = connection;
  const result = await promisify(execFile)(
    'pgbench',
    [
      '-n',
      '-M',
      protocol,
      '-c',
      '4',
      '-j',
      '1',
      '-t',
      '50',
      '-f',
      file,
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
      '-U',
      username,
      database,
    ],
    { encoding: 'utf8', timeout: 60_000, env: { PATH: process.env['PATH'], PGPASSWORD: password } },
  );
  expect(result.stderr).not.toContain('ERROR');
  expect(result.stdout).toContain('number of transactions actually processed: 200/200');
  // pgbench also connects once without running anything.
  await vi.waitFor(
    async () => {
      const sessions = await listSessions(broker.current.access.context, { viewer: null });
      const ended = sessions.filter(({ grantId, endedAt }) => grantId === username && endedAt !== null);
      expect(ended.filter(({ counts }) => counts.commands >= 50 * 5)).toHaveLength(4);
    },
    { timeout: 20_000 },
  );
});
