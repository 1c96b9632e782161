/** Key management services in place of the master key: a real command, and a transit engine over HTTP. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { generateCertificate } from '../../../src/broker/certificate.ts';
import { Secret } from '../../../src/core/secret.ts';
import { commandWrapper } from '../../../src/recording/keyring/command-wrapper.ts';
import type { Keyring } from '../../../src/recording/keyring/keyring.ts';
import { rotationsOf } from '../../../src/recording/keyring/rotate.ts';
import { transitWrapper } from '../../../src/recording/keyring/transit-wrapper.ts';
import { type KeyWrapper, masterKeyWrapper } from '../../../src/recording/keyring/wrapper.ts';
import { brokerKey } from '../../../src/roles/broker-key.ts';
import { openTestKeyring } from '../../support/keyring.ts';
import { startTransit, type TransitServer } from '../../support/kms/transit-server.ts';
import { useTestStore } from '../../support/store.ts';
import { temporaryDirectory } from '../../unit/recording/sample-recording.ts';

const PROGRAM = new URL('../../support/kms/key-command.ts', import.meta.url).pathname;
const KEY = randomBytes(32);
const CONTEXT = 'sallyport root key v1 0123456789abcdef';

function command(file: string, more: { behaviour?: string; timeoutMs?: number } = {}): KeyWrapper {
  const { behaviour = 'well', timeoutMs = 30_000 } = more;
  return commandWrapper({
    command: [process.execPath, PROGRAM, file, behaviour],
    timeoutMs,
    environment: { PATH: process.env['PATH'] ?? '' },
  });
}

function transit(server: TransitServer, more: { timeoutMs?: number; ca?: string; key?: string } = {}) {
  return transitWrapper({
    address: server.url,
    mount: 'transit',
    key: more.key ?? 'sallyport',
    namespace: null,
    token: () => new Secret('hvs.the-token-of-sallyport'),
    ca: more.ca ?? null,
    timeoutMs: more.timeoutMs ?? 30_000,
  });
}

async function runTransit(tls?: { cert: string; key: string }): Promise<TransitServer> {
  const server = await startTransit({
    key: 'sallyport',
    token: 'hvs.the-token-of-sallyport',
    ...(tls === undefined ? {} : { tls }),
  });
  onTestFinished(() => server.stop());
  return server;
}

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

describe('a command', () => {
  it('wraps for one context, and gets nothing secret in its arguments or its environment', async () => {
    const file = join(temporaryDirectory(), 'key');
    process.env['SALLYPORT_MASTER_KEY'] = 'not for commands';
    onTestFinished(() => void delete process.env['SALLYPORT_MASTER_KEY']);
    const wrapped = await command(file).wrap(KEY, CONTEXT);
    expect(wrapped.includes(KEY)).toBe(false);
    expect(await command(file).unwrap(wrapped, CONTEXT)).toEqual(KEY);
    expect(await rejection(command(file).unwrap(wrapped, `${CONTEXT}0`))).toMatchObject({
      code: 'unavailable',
    });
    const seen = readFileSync(`${file}.seen`, 'utf8');
    for (const secret of [KEY.toString('base64'), KEY.toString('hex'), 'not for commands', 'DATABASE_URL'])
      expect(seen).not.toContain(secret);
    expect(seen).toContain(PROGRAM);
  });

  it.each([
    ['failing', /^the command node ended with status 3: no session with the module$/],
    ['silent', /^the command node did not print one JSON object$/],
    ['talkative', /^the command node printed more than 64 KiB$/],
  ])('that is %s is an error that says so, and nothing of the key', async (behaviour, message) => {
    const error = await rejection(command('/nonexistent/key', { behaviour }).wrap(KEY, CONTEXT));
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringMatching(message) });
    expect(JSON.stringify(error)).not.toContain(KEY.toString('base64'));
  });

  it('is ended with all that it started when its time is up, and may not be there', async () => {
    const slow = command('/nonexistent/key', { behaviour: 'slow', timeoutMs: 300 });
    expect(await rejection(slow.wrap(KEY, CONTEXT))).toMatchObject({
      code: 'unavailable',
      message: 'the command node did not answer within 300ms',
    });
    const absent = commandWrapper({ command: ['/nonexistent/kms'], timeoutMs: 1_000, environment: {} });
    expect(await rejection(absent.wrap(KEY, CONTEXT))).toMatchObject({
      message: expect.stringMatching(/^the command kms cannot be run: .*ENOENT/),
    });
  });
});

describe('a transit engine', () => {
  it('wraps for one context, also when its key has another version by then', async () => {
    const server = await runTransit();
    const wrapper = transit(server);
    const wrapped = await wrapper.wrap(KEY, CONTEXT);
    expect(wrapped.toString()).toMatch(/^vault:v1:/);
    server.rotate();
    expect(await wrapper.unwrap(wrapped, CONTEXT)).toEqual(KEY);
    expect((await wrapper.wrap(KEY, CONTEXT)).toString()).toMatch(/^vault:v2:/);
    expect(await rejection(wrapper.unwrap(wrapped, `${CONTEXT}0`))).toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('message authentication failed'),
    });
    expect(new Set(server.asked)).toEqual(
      new Set(['POST /v1/transit/encrypt/sallyport', 'POST /v1/transit/decrypt/sallyport']),
    );
  });

  it('that refuses is an error that says what to do, without the token', async () => {
    const server = await runTransit();
    const asked = (wrapper = transit(server)) => rejection(wrapper.wrap(KEY, CONTEXT));
    server.token = 'another one';
    const refused = await asked();
    expect(refused).toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(
        /answered 403: permission denied\. Its token has ended, or its policy does not allow "update" on transit\/encrypt\/sallyport/,
      ),
    });
    expect(JSON.stringify(refused) + String(refused)).not.toContain('hvs.');
    server.token = 'hvs.the-token-of-sallyport';
    expect(await asked(transit(server, { key: 'absent' }))).toMatchObject({
      message: expect.stringContaining('vault write -f transit/keys/absent'),
    });
    server.sealed = true;
    expect(await asked()).toMatchObject({ message: expect.stringContaining('Vault is sealed') });
    server.sealed = false;
    server.silent = true;
    expect(await asked(transit(server, { timeoutMs: 200 }))).toMatchObject({
      message: expect.stringContaining('did not answer within 200ms'),
    });
    await server.stop();
    expect(await asked()).toMatchObject({ message: expect.stringContaining('cannot be reached') });
  });

  it('is spoken to over TLS with the certificate authority that is configured, and with no other', async () => {
    const { certificatePem, keyPem } = await generateCertificate({
      publicHost: '127.0.0.1',
      now: new Date(),
    });
    const server = await runTransit({ cert: certificatePem, key: keyPem });
    const wrapped = await transit(server, { ca: certificatePem }).wrap(KEY, CONTEXT);
    expect(await transit(server, { ca: certificatePem }).unwrap(wrapped, CONTEXT)).toEqual(KEY);
    expect(await rejection(transit(server).wrap(KEY, CONTEXT))).toMatchObject({
      message: expect.stringMatching(/cannot be reached .*(self-signed|certificate)/),
    });
  });
});

describe('a keyring', () => {
  const store = useTestStore();
  const masterKey = new Secret(randomBytes(32));
  beforeEach(async () => {
    await store.current.transaction(async (db) => {
      await db.execute('set local session_replication_role = replica');
      await db.execute('delete from root_key');
      await db.execute('delete from deployment_key');
    });
  });
  const rotate = async (keyring: Keyring): Promise<boolean> => {
    const after = keyring.roots.at(-1)?.generation ?? 0;
    return rotationsOf(keyring).rotateRoot({ after, note: async () => undefined });
  };
  const wrappedBy = async (keyring: Keyring) =>
    new Set((await rotationsOf(keyring).read()).rootKeys.map((key) => key.wrappedBy));

  it('moves from the master key to a command, to a transit engine, and back, by a rotation each', async () => {
    const server = await runTransit();
    const kms = command(join(temporaryDirectory(), 'key'));
    const first = await openTestKeyring(store.current, { masterKey });
    const stable = (await brokerKey(first)).reveal();

    const toCommand = await openTestKeyring(store.current, { service: kms, masterKey });
    expect(await wrappedBy(toCommand)).toEqual(new Set([masterKeyWrapper(masterKey).name]));
    expect(await rotate(toCommand)).toBe(true);
    expect(await wrappedBy(toCommand)).toEqual(new Set([kms.name]));
    await expect(openTestKeyring(store.current, { masterKey })).rejects.toThrow(
      /wrapped by the command node/,
    );

    const toTransit = await openTestKeyring(store.current, { service: transit(server), others: [kms] });
    expect(await rotate(toTransit)).toBe(true);
    const alone = await openTestKeyring(store.current, { service: transit(server) });
    expect(await wrappedBy(alone)).toEqual(new Set([transit(server).name]));
    expect((await brokerKey(alone)).reveal()).toEqual(stable);

    const back = await openTestKeyring(store.current, { masterKey, others: [transit(server)] });
    expect(await rotate(back)).toBe(true);
    await server.stop();
    const again = await openTestKeyring(store.current, { masterKey });
    expect(again.roots).toHaveLength(4);
    expect((await brokerKey(again)).reveal()).toEqual(stable);
  });

  it('does not open while the service is away, and goes on with what it has when it goes away later', async () => {
    const server = await runTransit();
    const service = transit(server);
    const keyring = await openTestKeyring(store.current, { service });
    const other = await openTestKeyring(store.current, { service });
    server.sealed = true;
    await expect(openTestKeyring(store.current, { service })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(
        /^Root key [0-9a-f]{16} \(generation 1\) was wrapped by .*Vault is sealed/,
      ),
    });
    await expect(rotate(keyring)).rejects.toMatchObject({ code: 'unavailable' });
    expect(keyring.roots).toHaveLength(1);
    server.sealed = false;
    expect(await rotate(keyring)).toBe(true);
    server.sealed = true;
    // The other one hears of a key that it cannot open: it says so, and keeps what it has.
    const said: (string | null)[] = [];
    other.follow((problem) => said.push(problem));
    onTestFinished(() => other.stop());
    await expect.poll(() => said[0], { timeout: 20_000 }).toContain('Vault is sealed');
    expect(other.recording.newest.keyId).toBe(keyring.roots[0]?.key.keyId);
    server.sealed = false;
    await expect.poll(() => said.at(-1), { timeout: 20_000 }).toBeNull();
    expect(other.recording.newest.keyId).toBe(keyring.newestRoot.keyId);
  });

  it('of a database from before wants its master key, until it has rotated', async () => {
    const server = await runTransit();
    const service = transit(server);
    await openTestKeyring(store.current, { masterKey });
    await store.current.transaction(async (db) => {
      await db.execute('set local session_replication_role = replica');
      await db.execute('delete from root_key');
    });
    await expect(openTestKeyring(store.current, { service })).rejects.toThrow(/SALLYPORT_MASTER_KEY/);
  });
});

it('a command’s file of keys that was exchanged opens nothing', async () => {
  const file = join(temporaryDirectory(), 'key');
  const wrapped = await command(file).wrap(KEY, CONTEXT);
  writeFileSync(file, randomBytes(32));
  expect(await rejection(command(file).unwrap(wrapped, CONTEXT))).toMatchObject({ code: 'unavailable' });
});
