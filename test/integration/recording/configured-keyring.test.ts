/** The keyring as a process opens it: from `sallyport.yaml`, the environment and the data directory. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { loadConfig, ownPolicy } from '../../../src/config.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { parsePolicyDocument } from '../../../src/policies/document/parse.ts';
import type { Keyring } from '../../../src/recording/keyring/keyring.ts';
import { rotationsOf } from '../../../src/recording/keyring/rotate.ts';
import { keyringMetrics, openKeyring } from '../../../src/roles/keyring.ts';
import { startTransit } from '../../support/kms/transit-server.ts';
import { useTestStore } from '../../support/store.ts';
import { temporaryDirectory } from '../../unit/recording/sample-recording.ts';

const PROGRAM = new URL('../../support/kms/key-command.ts', import.meta.url).pathname;
const store = useTestStore();
afterEach(async () => {
  vi.unstubAllEnvs();
  await store.current.transaction(async (db) => {
    await db.execute('set local session_replication_role = replica');
    await db.execute('delete from root_key');
    await db.execute('delete from deployment_key');
  });
});

async function start(
  directory: string,
  keys: object | null,
): Promise<{ keyring: Keyring; log: () => string }> {
  const file = join(directory, 'sallyport.yaml');
  writeFileSync(file, JSON.stringify(keys === null ? {} : { keys }));
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  const config = loadConfig({ file, environment: {} });
  const keyring = await openKeyring({ config, store: store.current, clock: systemClock, logger });
  onTestFinished(() => keyring.stop());
  return { keyring, log: () => lines.join('') };
}

const rotate = (keyring: Keyring): Promise<boolean> =>
  rotationsOf(keyring).rotateRoot({
    after: keyring.roots.at(-1)?.generation ?? 0,
    note: async () => undefined,
  });

it('is wrapped by a master key that is made, then by another one, from files', async () => {
  const directory = temporaryDirectory();
  await start(directory, null);
  const path = join(directory, '.sallyport', 'master.key');
  const old = readFileSync(path, 'utf8');
  writeFileSync(path, randomBytes(32).toString('base64'));
  await expect(start(directory, null)).rejects.toThrow(/The master key does not open this database/);
  writeFileSync(`${path}.previous`, 'too short');
  await expect(start(directory, null)).rejects.toThrow(/master\.key\.previous does not hold 32 bytes/);
  writeFileSync(`${path}.previous`, old);
  const { keyring } = await start(directory, null);
  expect(await rotate(keyring)).toBe(true);
  writeFileSync(`${path}.previous`, randomBytes(32).toString('base64'));
  const restarted = await start(directory, null);
  expect(restarted.keyring.roots).toHaveLength(2);
  expect(keyringMetrics(restarted.keyring).map(({ name, samples }) => [name, samples[0]?.value])).toEqual([
    ['root_key_generation', 2],
    ['signing_key_number', 1],
    ['keyring_ok', 1],
  ]);
  // The environment goes before the file.
  vi.stubEnv('SALLYPORT_MASTER_KEY', randomBytes(32).toString('base64'));
  vi.stubEnv('SALLYPORT_PREVIOUS_MASTER_KEY', randomBytes(32).toString('base64'));
  await expect(start(directory, null)).rejects.toThrow(/The master key does not open this database/);
});

it('is wrapped by a configured service, with no master key at all; the command sees what it is given', async () => {
  const directory = temporaryDirectory();
  const file = join(directory, 'key');
  vi.stubEnv('PKCS11_MODULE', '/usr/lib/module.so');
  vi.stubEnv('SOMETHING_ELSE', 'not for commands');
  const command = [process.execPath, PROGRAM, file];
  const { keyring } = await start(directory, {
    kms: { command, environment: ['PKCS11_MODULE'], timeout: '60s' },
  });
  expect(existsSync(join(directory, '.sallyport'))).toBe(false);
  const seen = readFileSync(`${file}.seen`, 'utf8');
  expect(seen).toContain('/usr/lib/module.so');
  expect(seen).not.toContain('not for commands');

  const server = await startTransit({ key: 'sallyport', token: 'hvs.token' });
  onTestFinished(() => server.stop());
  writeFileSync(join(directory, 'token'), 'hvs.an-old-token\n');
  const transit = { address: server.url.href, key: 'sallyport', token: { file: 'token' } };
  const keys = { kms: { transit }, previousKms: { command, timeout: '60s' } };
  // Refused: nothing is asked of it until something is rotated.
  const moved = await start(directory, keys);
  const refusal = await rotate(moved.keyring).catch((error: unknown) => String(error));
  expect(refusal).toContain('permission denied');
  writeFileSync(join(directory, 'token'), 'hvs.token\n');
  expect(await rotate(moved.keyring)).toBe(true);
  await start(directory, { kms: { transit } });
  server.sealed = true;
  await expect(start(directory, { kms: { transit } })).rejects.toThrow(/Vault is sealed/);
  for (const text of [refusal, moved.log()]) expect(text).not.toContain('hvs.');
  expect(keyring.roots).toHaveLength(1);
});

it('is each server’s own: a policy that is sent to it changes neither service nor command', () => {
  const parsed = parsePolicyDocument(JSON.stringify({ keys: { kms: { command: ['/bin/evil'] } } }));
  const own = parsePolicyDocument('{}');
  if (!parsed.ok || !own.ok) throw new Error('it is not valid');
  const config = { file: '/etc/sallyport.yaml', policy: own };
  expect(ownPolicy(config, parsed).document.keys).toEqual({});
});

it.each([
  [{ kms: { command: ['kms'] } }, 'the program by its absolute path'],
  [{ kms: { command: [] } }, 'keys.kms'],
  [{ kms: { command: ['/bin/kms'], environment: ['SALLYPORT_TOKEN'] } }, "Sallyport's own variables"],
  [{ kms: { command: ['/bin/kms'], environment: ['DATABASE_URL'] } }, "Sallyport's own variables"],
  [{ kms: { command: ['/bin/kms'], timeout: '3m' } }, 'from 100 ms to 2m'],
  [{ kms: { transit: { address: 'http://vault.example.com', key: 'k', token: { env: 'T' } } } }, 'https://'],
  [{ kms: { transit: { address: 'https://v', key: '../k', token: { env: 'T' } } } }, 'the name of a key'],
  [
    { kms: { transit: { address: 'https://v', key: 'k', token: 'hvs.inline' } } },
    'never written in this file',
  ],
  [{ kms: { transit: { address: 'https://v', key: 'k', token: { vault: 'x' } } } }, 'not available yet'],
])('refuses a setting that cannot be: %j', (keys, message) => {
  const parsed = parsePolicyDocument(JSON.stringify({ keys }));
  expect(parsed.ok).toBe(false);
  if (!parsed.ok) expect(JSON.stringify(parsed.problems)).toContain(message);
});
