/** The keyring over a real database: its first keys, rotations, and what becomes of what was there before. */
import { createCipheriv, createPublicKey, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { Journal } from '../../../src/recording/journal/journal.ts';
import type { Keyring } from '../../../src/recording/keyring/keyring.ts';
import { rotationsOf } from '../../../src/recording/keyring/rotate.ts';
import { masterKeyWrapper } from '../../../src/recording/keyring/wrapper.ts';
import { createRecordingKeys } from '../../../src/recording/keys.ts';
import { SIGNING_KEY_FILE } from '../../../src/recording/layout.ts';
import { followFrom, keysOf, parsePublicKey } from '../../../src/recording/public-key.ts';
import { recoverRecording } from '../../../src/recording/recover.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import { openRecording } from '../../../src/recording/writer.ts';
import { brokerKey, signInKey } from '../../../src/roles/broker-key.ts';
import { openTestKeyring } from '../../support/keyring.ts';
import { useTestStore } from '../../support/store.ts';
import { END_EVENT, sampleFacts, signingKeyOf, statementEvent } from '../../unit/recording/sample-data.ts';
import { readAll, temporaryDirectory } from '../../unit/recording/sample-recording.ts';

const store = useTestStore();
const masterKey = new Secret(randomBytes(32));
const noted: object[] = [];
const note = async (_db: unknown, facts: object): Promise<void> => void noted.push(facts);

afterEach(async () => {
  await store.current.transaction(async (db) => {
    await db.execute('set local session_replication_role = replica');
    await db.execute('delete from root_key');
    await db.execute('delete from deployment_key');
  });
  noted.length = 0;
});

const open = (key = masterKey) => openTestKeyring(store.current, { masterKey: key });
const rotateRoot = (keyring: Keyring, after: number) => rotationsOf(keyring).rotateRoot({ after, note });
const rotateSigning = (keyring: Keyring, after: number) =>
  rotationsOf(keyring).rotateSigning({ after, note });

/** A recording of one statement, sealed. */
async function recordWith(
  keyring: Keyring,
  { directory, sessionId }: { directory: string; sessionId: string },
) {
  const journal = new Journal({ directory, keys: keyring.recording, sync: 100 });
  const recorder = openRecording({ journal, facts: sampleFacts(sessionId) });
  recorder.append(statementEvent(1, `select '${sessionId}'`));
  recorder.flush();
  recorder.append(END_EVENT);
  await recorder.close();
  await journal.close();
  return recorder.path;
}

const headerOf = (path: string): { keyId: string; signingKeySha256: string } => {
  const file = readFileSync(path);
  return JSON.parse(file.toString('utf8', 17, 17 + file.readUInt32BE(8)));
};

/** What a deployment made before there was a keyring: by the format's document, and by nothing of ours. */
async function makeOldDatabase(master: Buffer): Promise<void> {
  const privateKey = signingKeyOf(2);
  const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
  const der = privateKey.export({ type: 'pkcs8', format: 'der' });
  const key = Buffer.from(hkdfSync('sha256', master, '', 'sallyport signing key seal v1', 32));
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(pem));
  const sealed = Buffer.concat([nonce, cipher.update(der), cipher.final(), cipher.getAuthTag()]);
  await store.current
    .read()
    .execute(
      `insert into deployment_key (name, public_key_pem, sealed_private_key, created_at) values ('recording-signing', ?, ?, now())`,
      [pem, sealed],
    );
}

/** The vector of docs/recording-format.md: a recording from before. */
function oldRecording(): string {
  const document = readFileSync(new URL('../../../docs/recording-format.md', import.meta.url), 'utf8');
  const [, hex = ''] = /```hex\n([0-9a-f\n]+)```/.exec(document) ?? [];
  const path = join(temporaryDirectory(), 's-1.sprec');
  writeFileSync(path, Buffer.from(hex.replaceAll('\n', ''), 'hex'));
  return path;
}

describe('the first keys', () => {
  it('are one for all replicas that start at once, sealed, and open after a restart', async () => {
    const keyrings = await Promise.all(Array.from({ length: 6 }, () => open()));
    const again = await open();
    expect(new Set([...keyrings, again].map(({ recording }) => recording.publicKeyPem)).size).toBe(1);
    expect(new Set([...keyrings, again].map(({ newestRoot }) => newestRoot.keyId)).size).toBe(1);
    const secrets = await Promise.all([...keyrings, again].map((keyring) => brokerKey(keyring)));
    expect(new Set(secrets.map((secret) => secret.reveal().toString('hex'))).size).toBe(1);
    const rows = await store.current
      .read()
      .execute<{ bytes: Buffer }[]>(
        'select sealed_private_key as bytes from deployment_key union all select wrapped_key from root_key',
      );
    const rest = Buffer.concat(rows.map(({ bytes }) => Buffer.from(bytes)));
    // PKCS#8 of an Ed25519 key begins with these bytes.
    expect(rest.includes(Buffer.from('302e020100300506032b6570', 'hex'))).toBe(false);
    expect(rest.includes(again.roots[0]?.bytes ?? '')).toBe(false);
    expect(again.roots[0]?.bytes.equals(masterKey.reveal())).toBe(false);
  });

  it('do not open with another master key, which is told with what to do', async () => {
    await open();
    await expect(open(new Secret(randomBytes(32)))).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(
        /The master key does not open this database.*wrapped by the master key [0-9a-f]{16}; this process has master key [0-9a-f]{16}.*SALLYPORT_PREVIOUS_MASTER_KEY.*sallyport keys rotate/,
      ),
    });
    expect(() => open(new Secret(randomBytes(31)))).toThrow(/31 bytes/);
  });

  it('of a database from before are its master key: recordings and derived secrets stay what they were', async () => {
    const master = Buffer.alloc(32, 1);
    await makeOldDatabase(master);
    await expect(open()).rejects.toMatchObject({
      code: 'config_invalid',
      message: expect.stringContaining('the master key that this database was made with'),
    });
    const keyring = await open(new Secret(master));
    const path = oldRecording();
    const before = await readAll({ path, keys: keyring.recording });
    expect(before).toMatchObject({ end: { complete: true } });
    const old = createRecordingKeys({ masterKey: new Secret(master), signingKey: signingKeyOf(2) });
    expect(keyring.recording.newest.keyId).toBe(old.newest.keyId);
    const derived = Buffer.from(hkdfSync('sha256', master, '', 'sallyport broker v1', 32));
    expect((await brokerKey(keyring)).reveal()).toEqual(derived);

    expect(await rotateRoot(keyring, 1)).toBe(true);
    expect(await rotateSigning(keyring, 1)).toBe(true);
    const restarted = await open(new Secret(master));
    expect(await readAll({ path, keys: restarted.recording })).toEqual(before);
    expect((await brokerKey(restarted)).reveal()).toEqual(derived);
    expect((await verifyRecording({ path, key: restarted.recording.trusted })).ok).toBe(true);
  });
});

describe('a rotation', () => {
  it('of the root key is for what begins afterwards; the older ones stay readable, on every replica', async () => {
    const directory = temporaryDirectory();
    const [one, other] = [await open(), await open()];
    const secrets = async (keyring: Keyring) => [
      (await brokerKey(keyring)).reveal().toString('hex'),
      (await signInKey(keyring)).reveal().toString('hex'),
    ];
    const stable = await secrets(one);
    const before = await recordWith(one, { directory, sessionId: 's-before' });
    const live = new Journal({ directory, keys: other.recording, sync: 100 });
    onTestFinished(() => live.close());
    const running = openRecording({ journal: live, facts: sampleFacts('s-running') });
    expect(await rotateRoot(one, 1)).toBe(true);
    const after = await recordWith(one, { directory, sessionId: 's-after' });
    expect(headerOf(after).keyId).not.toBe(headerOf(before).keyId);
    // The other one has not looked yet: an id that it does not know makes it look.
    expect(other.newestRoot.keyId).toBe(headerOf(before).keyId);
    for (const path of [before, after])
      expect(await readAll({ path, keys: other.recording })).toMatchObject({ end: { complete: true } });
    expect(other.newestRoot.keyId).toBe(headerOf(after).keyId);
    // What had begun goes on as it began.
    running.append(END_EVENT);
    await running.close();
    expect(headerOf(running.path).keyId).toBe(headerOf(before).keyId);
    expect(await secrets(await open())).toEqual(stable);
    expect(await secrets(other)).toEqual(stable);
    expect(noted).toMatchObject([{ generation: 2, keyId: headerOf(after).keyId }]);
  });

  it('of the signing key lets the first public key verify all that follows', async () => {
    const directory = temporaryDirectory();
    const keyring = await open();
    const first = parsePublicKey(keyring.recording.publicKeyPem);
    const paths = [await recordWith(keyring, { directory, sessionId: 's-1' })];
    for (const number of [1, 2]) {
      expect(await rotateSigning(keyring, number)).toBe(true);
      paths.push(await recordWith(keyring, { directory, sessionId: `s-${number + 1}` }));
    }
    const bundle = readFileSync(join(directory, SIGNING_KEY_FILE), 'utf8');
    const followed = followFrom(first, bundle);
    expect(keysOf(followed ?? first)).toHaveLength(3);
    for (const path of paths) {
      expect(await verifyRecording({ path, publicKeyPem: bundle })).toMatchObject({ ok: true });
      expect(await verifyRecording({ path, key: followed ?? first })).toMatchObject({ ok: true });
    }
    const alone = await Promise.all(paths.map((path) => verifyRecording({ path, key: first })));
    expect(alone.map(({ problems }) => problems[0]?.code)).toEqual([undefined, 'wrong_key', 'wrong_key']);
    // A replica that has not looked does not take back what stands there.
    expect((await open()).recording.publicKeyPem).toBe(bundle);
  });

  it('leaves a recording to be recovered with the keys that it began with', async () => {
    const directory = temporaryDirectory();
    const keyring = await open();
    const journal = new Journal({ directory, keys: keyring.recording, sync: 'strict' });
    const recorder = openRecording({ journal, facts: sampleFacts('s-1') });
    recorder.append(statementEvent(1, 'select 1'));
    recorder.flush();
    const header = headerOf(recorder.path);
    await rotateRoot(keyring, 1);
    await rotateSigning(keyring, 1);
    const restarted = await open();
    await recoverRecording({ directory, keys: restarted.recording, sessionId: 's-1' });
    expect(headerOf(recorder.path)).toEqual(header);
    expect(await verifyRecording({ path: recorder.path, key: restarted.recording.trusted })).toMatchObject({
      ok: true,
      sealedBy: 'recovered',
    });
    const { events } = await readAll({ path: recorder.path, keys: restarted.recording });
    expect(events.map(({ type }) => type)).toEqual(['start', 'statement']);
    await journal.close().catch(() => undefined);
  });

  it('is done once when two are asked for at once, and not again for who asks late', async () => {
    const keyrings = [await open(), await open(), await open()];
    const root = await Promise.all(keyrings.map((keyring) => rotateRoot(keyring, 1)));
    const signing = await Promise.all(keyrings.map((keyring) => rotateSigning(keyring, 1)));
    expect([root.filter(Boolean), signing.filter(Boolean)]).toEqual([[true], [true]]);
    expect(noted).toHaveLength(2);
    const restarted = await open();
    expect(restarted.roots).toHaveLength(2);
    expect(keysOf(restarted.trusted)).toHaveLength(2);
    expect(await rotateRoot(restarted, 1)).toBe(false);
    await expect(rotateRoot(restarted, 3)).rejects.toMatchObject({ code: 'invalid_input' });
    // Both at once, in whichever order.
    expect(await Promise.all([rotateRoot(restarted, 2), rotateSigning(restarted, 2)])).toContain(true);
    expect((await open()).roots.length).toBeGreaterThan(1);
  });

  it('that fails before its end changes nothing', async () => {
    const keyring = await open();
    const rows = () => store.current.read().execute('select * from root_key, deployment_key order by 1, 6');
    const before = await rows();
    const failing = async (): Promise<void> => {
      throw new Error('the event cannot be written');
    };
    const rotations = rotationsOf(keyring);
    await expect(rotations.rotateRoot({ after: 1, note: failing })).rejects.toThrow('the event');
    await expect(rotations.rotateSigning({ after: 1, note: failing })).rejects.toThrow('the event');
    expect(await rows()).toEqual(before);
    expect(keyring.roots).toHaveLength(1);
    expect(await rotateRoot(await open(), 1)).toBe(true);
  });

  it('keeps root keys: the database refuses to remove one', async () => {
    await open();
    await expect(store.current.read().execute('delete from root_key')).rejects.toThrow(/root keys are kept/);
  });
});

describe('another master key', () => {
  it('takes the place of the one before by a rotation, while replicas with either go on', async () => {
    const directory = temporaryDirectory();
    const fresh = new Secret(randomBytes(32));
    const old = await open();
    const stable = (await brokerKey(old)).reveal();
    const before = await recordWith(old, { directory, sessionId: 's-before' });
    const both = await openTestKeyring(store.current, { masterKey: fresh, previousMasterKey: masterKey });
    // Until somebody rotates nothing has changed, and either starts.
    await open();
    await expect(open(fresh)).rejects.toMatchObject({ code: 'config_invalid' });
    expect(await rotateRoot(both, 1)).toBe(true);
    await expect(open()).rejects.toMatchObject({ code: 'config_invalid' });
    const restarted = await open(fresh);
    expect((await brokerKey(restarted)).reveal()).toEqual(stable);
    expect(await readAll({ path: before, keys: restarted.recording })).toMatchObject({
      end: { complete: true },
    });
    const view = await rotationsOf(restarted).read();
    expect(new Set(view.rootKeys.map(({ wrappedBy }) => wrappedBy))).toEqual(new Set([view.wrapsWith]));
    // The one that has only the old one records with what it has, and says what is wrong.
    const told = new Promise<string | null>((resolve) => old.follow(resolve));
    onTestFinished(() => old.stop());
    expect(await told).toContain('The master key does not open this database');
    await recordWith(old, { directory, sessionId: 's-behind' });
    expect(old.problem).not.toBeNull();
  });

  it('opens no root key that was put in the place of another', async () => {
    const keyring = await open();
    await rotateRoot(keyring, 1);
    await store.current.transaction(async (db) => {
      await db.execute(
        'update root_key set wrapped_key = (select wrapped_key from root_key where generation = 1) where generation = 2',
      );
    });
    await expect(open()).rejects.toMatchObject({ code: 'config_invalid' });
    // Also for a wrapper that does not look at what a key is bound to.
    const careless = masterKeyWrapper(masterKey);
    const blind = { ...careless, unwrap: async () => keyring.roots[0]?.bytes ?? Buffer.alloc(32) };
    await expect(openTestKeyring(store.current, { service: blind })).rejects.toThrow(/another key/);
  });
});

it('a signing key that the one before did not endorse stops the start', async () => {
  const keyring = await open();
  await rotateSigning(keyring, 1);
  await store.current
    .read()
    .execute(
      "update deployment_key set endorsement = overlay(endorsement placing '\\x00' from 40) where number = 2",
    );
  await expect(open()).rejects.toThrow(/Signing key 2 .* is not endorsed by the one before/);
});
