/** Logins of workloads: an access token is the password. */
import { once } from 'node:events';
import { Client } from 'ssh2';
import { expect, onTestFinished, test } from 'vitest';
import type { Identity } from '../../../../src/core/identity.ts';
import { authenticateBearer } from '../../../../src/identity/authenticate-bearer.ts';
import { createIssuerKeys } from '../../../../src/identity/issuer-keys.ts';
import { useTestIssuer } from '../../../support/issuer.ts';
import { useSshBroker } from '../../../support/ssh/ssh-broker.ts';
import { useSshd } from '../../../support/ssh/sshd.ts';
import { LOGIN_SETTINGS, useLogins } from './login-harness.ts';

const AUDIENCE = 'http://127.0.0.1:7180';
const issuer = useTestIssuer();
const issuerKeys = createIssuerKeys();
const known: Identity[] = [];
/** While it stands still, nobody gets back what wrong guesses took. */
let standsAtMs: number | null = null;
const sshd = useSshd();
const broker = useSshBroker({
  sshd,
  monotonic: () => standsAtMs ?? performance.now(),
  settings: LOGIN_SETTINGS,
  identify: async (token) => {
    const { identity } = broker.current.access;
    const workload = {
      name: 'deployer',
      owner: 'dana@example.com',
      issuer: issuer.current.url,
      claims: { repository: 'acme/shop' },
    };
    const settings = () => ({ ...identity.settings(), workloads: [workload] });
    const by = await authenticateBearer({ ...identity, settings }, token, issuerKeys);
    known.push(by);
    return by;
  },
});
const logins = useLogins(broker);

function applyPolicy(): void {
  const { access, policy } = broker.current;
  const automatic =
    '  - { name: ci, who: { workloads: [deployer] }, to: { kind: ssh }, roles: [run], approval: auto }';
  const workload = `workloads:\n  - { name: deployer, owner: dana@example.com, issuer: "${issuer.current.url}", claims: { repository: acme/shop } }\n`;
  access.applyPolicy(`${policy.replace('\nrules:', `\n${automatic}\nrules:`)}${workload}`);
}

const token = (repository = 'acme/shop') => issuer.current.sign({ sub: 'job', aud: AUDIENCE, repository });
const settings = ['LogLevel INFO', 'PreferredAuthentications password'];

test('a workload is let in with its token, under a grant that it is given at once', async () => {
  applyPolicy();
  const secret = await token();
  const client = await logins.client({ username: 'web-1+run', secret, settings });
  const first = client.ssh('echo built');
  await expect.poll(() => known.length, { timeout: 10_000 }).toBeGreaterThan(0);
  const [by] = known;
  if (by === undefined) throw new Error('nobody');
  await logins.issue((await logins.requestOf(by)).id);
  expect(await first).toMatchObject({ status: 0, stdout: 'built\n' });
  expect(
    await (await logins.client({ username: 'web-1', secret, settings })).ssh('echo again'),
  ).toMatchObject({
    status: 0,
    stdout: 'again\n',
  });
  expect(await logins.requestsOf(by)).toHaveLength(1);
  const refused = await (await logins.client({ username: 'web-1+breakglass', secret, settings })).ssh('true');
  expect(refused.status).toBe(255);
  expect(broker.current.log()).not.toContain(secret.split('.')[2]);
});

test('a token that is not valid here is refused without a word, and is not logged', async () => {
  applyPolicy();
  const { sign, forge } = issuer.current;
  const wrong = [
    await forge({ sub: 'job', aud: AUDIENCE, repository: 'acme/shop' }),
    await sign({ sub: 'job', aud: 'https://elsewhere.example', repository: 'acme/shop' }),
    await token('acme/other'),
    'no-token-at-all',
  ];
  for (const secret of wrong) {
    const client = await logins.client({ username: 'web-1', secret, settings });
    const startedAtMs = performance.now();
    const { status, stderr } = await client.ssh('true');
    expect(performance.now() - startedAtMs).toBeGreaterThan(700);
    expect(status).toBe(255);
    // The line of ssh itself is all that is shown.
    expect(stderr.trim()).toMatch(/^[^\n]*Permission denied[^\n]*$/);
    expect(broker.current.log()).not.toContain(secret);
  }
});

test('who guesses from many connections is not looked at any more, and keys still are', async () => {
  const { alice, port } = broker.current;
  const key = logins.key();
  await logins.register(alice, key);
  const { username, password } = await broker.current.connection('run');
  standsAtMs = performance.now();
  onTestFinished(() => {
    standsAtMs = null;
  });
  const banners: string[] = [];
  const guess = async (user: string): Promise<void> => {
    const connection = new Client();
    connection.on('banner', (text) => void banners.push(text));
    connection.on('error', () => undefined);
    const guesses = Array.from({ length: 6 }, (_, index) => ({
      type: 'password' as const,
      username: user,
      password: `guess-${index}`,
    }));
    connection.connect({ host: '127.0.0.1', port, username: user, authHandler: guesses });
    await once(connection, 'close');
  };
  // Handles and names, secrets and tokens count together; four tokens were wrong before.
  await Promise.all([1, 2, 3, 4, 5, 6].map((index) => guess(index % 2 === 0 ? username : 'web-1')));
  expect(
    banners.filter((text) => text.includes('Too many failed logins from your address.')).length,
  ).toBeGreaterThan(4);
  const client = await logins.client({ username, secret: password, settings });
  expect(await client.ssh('true')).toMatchObject({
    status: 255,
    stderr: expect.stringContaining('Too many failed logins from your address.'),
  });
  const keyed = await logins.client({ username, privateKeyFile: key.file });
  expect(await keyed.ssh('echo in')).toMatchObject({ status: 0, stdout: 'in\n' });
}, 30_000);
