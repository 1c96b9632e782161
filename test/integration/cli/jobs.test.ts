/** Jobs that gave up, from the command line. */
import { expect, test, vi } from 'vitest';
import { keepDeadLetters } from '../../../src/access/dead-letters.ts';
import { listOf } from '../../../src/web/schemas/fields.ts';
import { DEAD_LETTER } from '../../../src/web/schemas/jobs.ts';
import { runCli } from '../../support/command-line.ts';
import { useWebHarness } from '../web/harness.ts';
import { PROCESS_TEST_TIMEOUT_MS, runJson } from './harness.ts';

vi.setConfig({ testTimeout: PROCESS_TEST_TIMEOUT_MS });

const web = useWebHarness();

async function gaveUp(id: string): Promise<void> {
  const { access } = web.current;
  const at = access.clock.now();
  await keepDeadLetters(access, {
    letters: [
      {
        id,
        job: 'issue-grant',
        payload: { grantId: 'g-aaaaaaaa' },
        attempts: 10,
        reason: 'could not prepare grant g-aaaaaaaa: the target does not answer',
        askedAt: at,
        failedAt: at,
      },
    ],
  });
}

test('an overseer lists, looks at, retries and discards them', async () => {
  const options = { url: web.current.url, token: await web.current.tokenOf('carol') };
  await gaveUp('j-1');
  await gaveUp('j-2');
  const { items } = listOf(DEAD_LETTER).parse(await runJson(['jobs', 'list'], options));
  expect(items.map(({ id }) => id).toSorted()).toEqual(['j-1', 'j-2']);

  const shown = await runCli(['jobs', 'show', 'j-1'], options);
  expect(shown.stdout).toContain('could not prepare grant g-aaaaaaaa: the target does not answer');

  const retried = await runCli(['jobs', 'retry', 'j-1'], options);
  expect(retried).toMatchObject({ status: 0, stdout: 'Job j-1 (issue-grant) is asked for again.\n' });
  const waiting = await web.current.access.store
    .read()
    .execute<object[]>(`select payload from outbox where job = 'issue-grant'`);
  expect(waiting).toEqual([{ payload: { grantId: 'g-aaaaaaaa' } }]);
  expect(await runCli(['jobs', 'retry', 'j-1'], options)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('was retried already by Carol'),
  });

  expect((await runCli(['jobs', 'discard', 'j-2'], options)).status).toBe(0);
  expect((await runCli(['jobs', 'list'], options)).stderr).toContain('No job has given up.');
  const all = listOf(DEAD_LETTER).parse(await runJson(['jobs', 'list', '--state', 'all'], options));
  expect(all.items.map(({ id, state }) => [id, state]).toSorted()).toEqual([
    ['j-1', 'retried'],
    ['j-2', 'discarded'],
  ]);
});

test('nobody else sees that there are any', async () => {
  const options = { url: web.current.url, token: await web.current.tokenOf('alice') };
  await gaveUp('j-3');
  for (const command of [
    ['jobs', 'list'],
    ['jobs', 'show', 'j-3'],
    ['jobs', 'retry', 'j-3'],
  ]) {
    expect(await runCli(command, options)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('oversight'),
    });
  }
});
