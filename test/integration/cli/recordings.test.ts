/** Recordings that are kept, released and deleted, from the command line. */
import { expect, test, vi } from 'vitest';
import type { AccessContext } from '../../../src/access/context.ts';
import { deleteDueRecordings } from '../../../src/access/recordings/delete-due.ts';
import { listOf } from '../../../src/web/schemas/fields.ts';
import { RECORDING_HOLD } from '../../../src/web/schemas/recordings.ts';
import { runCli } from '../../support/command-line.ts';
import { useWebHarness } from '../web/harness.ts';
import { openSession, record } from '../web/recorded-session.ts';
import { PROCESS_TEST_TIMEOUT_MS, runJson } from './harness.ts';

vi.setConfig({ testTimeout: PROCESS_TEST_TIMEOUT_MS });

const DAY_MS = 86_400_000;
const web = useWebHarness();
const as = async (name: 'alice' | 'bob' | 'carol') => ({
  url: web.current.url,
  token: await web.current.tokenOf(name),
});

/** Two days later, where recordings are kept for one. */
function later(access: AccessContext): AccessContext {
  const current = access.policy.current();
  const retention = [{ labels: {}, keep: DAY_MS }];
  const recording = { ...current.document.recording, retention };
  return {
    ...access,
    policy: { current: () => ({ ...current, document: { ...current.document, recording } }) },
    clock: { now: () => new Date(Date.now() + 2 * DAY_MS) },
  };
}

test('what is on hold stays until it is released, and what was deleted is said to be', async () => {
  const { access } = web.current;
  const sessionId = await openSession(web.current);
  await record(web.current, sessionId);
  const carol = await as('carol');
  const because = ['--because', 'case 4711'];

  const refused = await runCli(['recordings', 'hold', sessionId, ...because], await as('alice'));
  expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('oversight') });
  expect(await runCli(['recordings', 'hold', ...because], carol)).toMatchObject({ status: 1 });
  expect(await runCli(['recordings', 'hold', sessionId], carol)).toMatchObject({ status: 2 });

  const hold = RECORDING_HOLD.parse(await runJson(['recordings', 'hold', sessionId, ...because], carol));
  expect(hold).toMatchObject({ sessionId, incident: null, because: 'case 4711', releasedAt: null });
  const listed = await runCli(['recordings', 'list'], carol);
  expect(listed.stdout).toMatch(new RegExp(`^ID .*\\n${hold.id} +session ${sessionId} .*Carol.*case 4711`));
  expect((await runCli(['session', sessionId], carol)).stdout).toMatch(/Recording\s+[0-9a-f]{64}, on hold/);
  expect(await deleteDueRecordings(later(access))).toBe(0);

  const release = ['recordings', 'release', hold.id, '--because', 'it is closed'];
  expect((await runCli(release, carol)).stdout).toMatch(/Released\s+.+ by Carol.*: it is closed/);
  expect(await runCli(release, carol)).toMatchObject({ status: 1 });
  const holds = (args: readonly string[]) => runJson(['recordings', 'list', ...args], carol);
  expect(listOf(RECORDING_HOLD).parse(await holds([])).items).toEqual([]);
  expect(listOf(RECORDING_HOLD).parse(await holds(['--all'])).items).toMatchObject([{ id: hold.id }]);

  expect(await deleteDueRecordings(later(access))).toBe(1);
  const shown = await runCli(['session', sessionId], carol);
  expect(shown.stdout).toMatch(/Recording\s+deleted .+: it was kept for 1d, as the policy says/);
  expect(shown.stdout).not.toContain('select email');
});
