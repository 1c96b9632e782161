/** Public keys: whose they are, how many, and who says so. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listKeys, noteKeyUse, personWithKey, registerKey, removeKey } from '../../../src/access/ssh-keys.ts';
import type { Person } from '../../../src/core/identity.ts';
import { upsertPerson } from '../../../src/identity/persons.ts';
import { sshKeysFrom } from '../../../src/identity/ssh-key-claims.ts';
import { useTestAccess } from '../../support/access.ts';
import { HOSTS_POLICY } from './hosts.ts';

const ISSUER = 'https://idp.test.example';
const withProvider = (more: string): string =>
  `${HOSTS_POLICY}identity: { oidc: { issuer: ${ISSUER}, clientId: sallyport${more} } }\n`;
const CLAIM = withProvider(', sshKeysClaim: keys');

const access = useTestAccess({ policy: withProvider('') });

/** A new key, as ssh-keygen writes it. */
function keyLine(...options: string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-key-'));
  try {
    const path = join(directory, 'key');
    execFileSync('ssh-keygen', ['-q', '-N', '', '-C', 'alice@laptop', '-f', path, ...options]);
    return readFileSync(`${path}.pub`, 'utf8');
  } finally {
    rmSync(directory, { recursive: true });
  }
}
const ed25519 = (): string => keyLine('-t', 'ed25519');
const blobOf = (line: string): Buffer => Buffer.from(line.split(' ')[1] ?? '', 'base64');
const alice = (): Promise<Person> => access.current.person('alice', ['engineering']);
const bob = (): Promise<Person> => access.current.person('bob', ['sre']);
const ownerOf = (line: string): Promise<Person | null> =>
  personWithKey(access.current.context, { blob: blobOf(line) });

test('a key that is registered says who its owner is, until it is removed', async () => {
  const { context, store } = access.current;
  const by = await alice();
  const line = ed25519();
  expect(await ownerOf(line)).toBeNull();
  const key = await registerKey(context, { line, by });
  expect(key).toMatchObject({ type: 'ssh-ed25519', label: 'alice@laptop', lastUsedAt: null });
  expect((await ownerOf(line))?.id).toBe(by.id);
  await noteKeyUse(context, { blob: blobOf(line) });
  const [listed] = await listKeys(context, { by });
  expect(listed).toMatchObject({ id: key.id, fingerprint: key.fingerprint });
  expect(listed?.lastUsedAt).toBeInstanceOf(Date);
  await expect(removeKey(context, { id: key.id, by: await bob() })).rejects.toMatchObject({
    code: 'not_found',
  });
  await removeKey(context, { id: key.id, by });
  expect(await ownerOf(line)).toBeNull();
  const events = await store
    .read()
    .execute<{ type: string }[]>('select type from event where subject = ? order by id', [key.id]);
  expect(events.map(({ type }) => type)).toEqual(['ssh-key.registered', 'ssh-key.removed']);
});

test('a key has one owner, however many register it at once', async () => {
  const { context } = access.current;
  const people = [await alice(), await bob(), await access.current.person('dana', ['dba'])];
  const line = ed25519();
  const outcomes = await Promise.allSettled(
    [...people, ...people].map((by) => registerKey(context, { line: `${line.trim()} again`, by })),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const owner = await ownerOf(line);
  await expect(
    registerKey(context, { line, by: people.find(({ id }) => id !== owner?.id) ?? (await bob()) }),
  ).rejects.toThrow(/key of somebody else/);
});

test('nobody has more than 20 keys', async () => {
  const { context } = access.current;
  const by = await access.current.person('hoarder', []);
  for (let count = 0; count < 20; count += 1) await registerKey(context, { line: ed25519(), by });
  await expect(registerKey(context, { line: ed25519(), by })).rejects.toMatchObject({
    code: 'conflict',
    message: 'You have 20 keys, which is the limit. Remove one first.',
  });
});

test('a workload has no keys', async () => {
  const by = {
    kind: 'workload',
    id: 'workload:x',
    name: 'x',
    ownerEmail: 'dana@example.com',
    claims: {},
  } as const;
  await expect(registerKey(access.current.context, { line: ed25519(), by })).rejects.toMatchObject({
    code: 'forbidden',
  });
});

test('keys of the types that are used are taken, and weak ones are not', async () => {
  const { context } = access.current;
  const by = await access.current.person('collector', []);
  for (const options of [
    ['-t', 'ecdsa', '-b', '256'],
    ['-t', 'ecdsa', '-b', '384'],
    ['-t', 'ecdsa', '-b', '521'],
    ['-t', 'rsa', '-b', '3072'],
  ])
    await registerKey(context, { line: keyLine(...options), by });
  await expect(registerKey(context, { line: keyLine('-t', 'rsa', '-b', '2048'), by })).rejects.toThrow(
    'an RSA key needs at least 3072 bits, and this one has 2048',
  );
});

test('the database itself keeps a key with its owner', async () => {
  const { context, store } = access.current;
  const key = await registerKey(context, { line: ed25519(), by: await alice() });
  const { id } = await bob();
  await expect(
    store.read().execute('update ssh_key set identity_id = ? where id = ?', [id, key.id]),
  ).rejects.toThrow(/belongs to whom it was registered for/);
});

test('a key that the identity provider names counts before one that somebody registered', async () => {
  const { context, identity, clock, applyPolicy } = access.current;
  const [line, other] = [ed25519(), ed25519()];
  const signIn = (name: string, keys: unknown): Promise<Person> => {
    clock.stepMs(1_000);
    return upsertPerson(identity, {
      issuer: ISSUER,
      subject: name,
      email: `${name}@example.com`,
      name,
      groups: [],
      sshKeys: sshKeysFrom({ keys }, 'keys'),
      toldAt: clock.now(),
    });
  };
  await registerKey(context, { line, by: await bob() });
  const carol = await signIn('carol', [line, 'no key', other]);
  expect((await ownerOf(line))?.name).toBe('Bob');
  applyPolicy(CLAIM);
  try {
    expect((await ownerOf(line))?.id).toBe(carol.id);
    expect((await ownerOf(other))?.id).toBe(carol.id);
    expect((await listKeys(context, { by: carol })).map(({ source }) => source)).toEqual([
      'identity-provider',
      'identity-provider',
    ]);
    await expect(registerKey(context, { line: other, by: await bob() })).rejects.toThrow(/somebody else/);
    await signIn('eve', [other]);
    expect(await ownerOf(other)).toBeNull();
    await signIn('eve', []);
    expect((await ownerOf(other))?.id).toBe(carol.id);
    await signIn('carol', []);
    expect(await ownerOf(other)).toBeNull();
    applyPolicy(HOSTS_POLICY);
    expect(await ownerOf(line)).toBeNull();
  } finally {
    applyPolicy(withProvider(''));
  }
});
