/** Large outputs and inputs of `ssh host command`. */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import { listSessions } from '../../../../src/access/read-access.ts';
import { SERVER_ALIAS } from '../../../support/ssh/clients.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { tries } from '../../../support/thoroughness.ts';
import { ofType, recorded, untilRunning } from './exec-harness.ts';

const sshd = useSshd();
const broker = useSshBroker({
  sshd,
  roles: `
      run: { shell: exec }`,
});

describe('many bytes', () => {
  test('go both ways at once and arrive as they were', { timeout: 120_000 }, async () => {
    const client = await broker.current.client('run');
    const sent = randomBytes(1_048_576);
    const times = tries({ byDay: 24, byNight: 100 });
    const child = spawn('ssh', ['-F', client.configFile, SERVER_ALIAS, 'cat'], { env: client.environment });
    const expected = createHash('sha256');
    const got = createHash('sha256');
    const reading = pipeline(child.stdout, got);
    for (let count = 0; count < times; count += 1) {
      expected.update(sent);
      if (!child.stdin.write(sent)) await once(child.stdin, 'drain');
    }
    child.stdin.end();
    await reading;
    expect(got.digest('hex')).toBe(expected.digest('hex'));
    const { events } = await recorded(broker.current, client.connection.username);
    expect(ofType(events, 'end')).toMatchObject([{ counts: { bytes: times * sent.length } }]);
    expect(ofType(events, 'mark').map(({ label }) => label)).toContainEqual(
      `of ${times * sent.length} bytes of input, the first 65536 are recorded`,
    );
  });

  test('for a client that does not read them wait on the host', { timeout: 30_000 }, async () => {
    const client = await broker.current.client('run');
    const { username } = client.connection;
    const child = spawn('ssh', ['-F', client.configFile, SERVER_ALIAS, 'head -c 500000000 /dev/zero'], {
      env: client.environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await untilRunning(broker.current, 'head -c 500000000 /dev/zero');
    const before = process.memoryUsage().rss;
    let last = -1;
    await expect
      .poll(
        async () => {
          const sessions = await listSessions(broker.current.context, { viewer: null });
          const bytes = sessions.find(({ grantId }) => grantId === username)?.counts.bytes ?? 0;
          const stands = bytes > 0 && bytes === last;
          last = bytes;
          return stands;
        },
        { timeout: 15_000, interval: 3_000 },
      )
      .toBe(true);
    expect(last).toBeLessThan(20_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
    await untilRunning(broker.current, 'head -c 500000000 /dev/zero');
    child.kill('SIGKILL');
    await untilRunning(broker.current, 'head -c 500000000 /dev/zero', false);
  });
});
