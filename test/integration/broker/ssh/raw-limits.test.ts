import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { listSessions } from '../../../../src/access/read-access.ts';
import { recordingPath } from '../../../../src/recording/layout.ts';
import { useSshClients } from '../../../support/ssh/clients.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { KEY, sshTerminal, type TestTerminal } from '../../../support/ssh/terminal.ts';

const RULE =
  'rules:\n  - { name: no-touch, on: { kind: ssh }, match: { programs: [touch] }, action: deny }\n';

const sshd = useSshd();
const clients = useSshClients();
const broker = useSshBroker({ sshd, recording: 'terminalBytesMax: 1048576' });

beforeAll(async () => {
  await writeFile(join(sshd.current.home, '.bash_profile'), "PS1='prompt$ '\n");
});
afterEach(() => broker.current.access.applyPolicy(broker.current.policy));

async function open(durationMs?: number): Promise<{ terminal: TestTerminal; grantId: string }> {
  const revealed = await broker.current.connection(
    'breakglass',
    durationMs === undefined ? {} : { durationMs },
  );
  const client = await clients.make(broker.current.login(revealed));
  const terminal = sshTerminal(client);
  await terminal.waitFor('prompt$');
  return { terminal, grantId: revealed.grant.id };
}

describe('a raw terminal', () => {
  test('is refused where a rule judges commands, with the rule and what to do; a command is still judged', async () => {
    broker.current.access.applyPolicy(broker.current.policy.replace('rules:\n  []\n', RULE));
    const client = await broker.current.client('breakglass');
    const terminal = sshTerminal(client);
    const { status } = await terminal.exited;
    expect({ status, text: terminal.scrollback() }).toMatchObject({
      status: 126,
      text: expect.stringMatching(/rule no-touch judges commands on web-1[\s\S]*guided/),
    });
    expect(await client.ssh('echo judged')).toMatchObject({ status: 0, stdout: 'judged\n' });
    const touched = await client.ssh('touch made-by-nobody');
    expect(touched).toMatchObject({ status: 126, stderr: expect.stringContaining('no-touch') });
    expect(sshd.current.processes()).toEqual([]);
  });

  test('ends when the policy becomes one that it cannot keep', async () => {
    const { terminal, grantId } = await open();
    broker.current.access.applyPolicy(broker.current.policy.replace('rules:\n  []\n', RULE));
    await terminal.waitFor('which a raw terminal does not keep');
    await terminal.exited;
    expect((await broker.current.endedSession(grantId)).endReason).toBe('policy-changed');
  });

  test('ends when it has printed more than is recorded, which the recording has to that byte', async () => {
    const { terminal, grantId } = await open();
    terminal.type(`head -c 3000000 /dev/zero | tr '\\0' x${KEY.enter}`);
    await terminal.waitFor('recording.terminalBytesMax');
    await terminal.exited;
    const { endReason, id } = await broker.current.endedSession(grantId);
    expect(endReason).toBe('recording-full');
    const events = await broker.current.events(id);
    const recorded = events.reduce(
      (sum, event) => sum + (event.type === 'output' ? event.text.length : 0),
      0,
    );
    expect(recorded).toBeLessThanOrEqual(1_048_576);
    expect(recorded).toBeGreaterThan(900_000);
  });

  test('ends when it cannot be recorded any more', async () => {
    const { terminal, grantId } = await open();
    const sessions = await listSessions(broker.current.context, { viewer: null });
    const session = sessions.find((one) => one.grantId === grantId);
    await rm(recordingPath(broker.current.directory, session?.id ?? ''));
    terminal.type(`echo more${KEY.enter}`);
    await terminal.waitFor('can no longer be recorded');
    await terminal.exited;
    expect((await broker.current.endedSession(grantId)).endReason).toBe('recording-failed');
  });

  test('warns of its end on a line of its own, and in a full-screen program in the title only', async () => {
    const { terminal } = await open(63_000);
    await terminal.waitFor('[sallyport] access to web-1 ends in 1 min');
    terminal.type(`printf '\\033[?1049h\\033[2J\\033[1;1Hfull'; sleep 30${KEY.enter}`);
    await terminal.waitFor('full');
    await expect
      .poll(() => terminal.received(), { timeout: 10_000 })
      .toContain('\u001b]2;Sallyport: access to web-1 ends in 1 min');
    expect(terminal.screen()).toBe('full');
    await terminal.close();
  });
});
