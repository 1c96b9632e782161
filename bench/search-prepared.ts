/** What the bench of the search keeps in its directory beside the cluster, so that a later run need not record anew. */
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '../src/core/secret.ts';
import { createRecordingKeys, type RecordingKeys } from '../src/recording/keys.ts';

const KEYS = 'recording-keys.json';
const MARK = 'prepared';

/** Made the first time; they protect statements that were made up. */
export async function openKeys(directory: string): Promise<RecordingKeys> {
  const path = join(directory, KEYS);
  const made = await readFile(path, 'utf8').catch(() => null);
  const { master, signing } = made === null ? await makeKeys(path) : (JSON.parse(made) as StoredKeys);
  return createRecordingKeys({
    masterKey: new Secret(Buffer.from(master, 'base64')),
    signingKey: createPrivateKey(signing),
  });
}

interface StoredKeys {
  readonly master: string;
  readonly signing: string;
}

async function makeKeys(path: string): Promise<StoredKeys> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const keys = {
    master: randomBytes(32).toString('base64'),
    signing: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
  await writeFile(path, JSON.stringify(keys), { mode: 0o600 });
  return keys;
}

/** True when all was recorded and read. */
export async function isPrepared(directory: string): Promise<boolean> {
  return access(join(directory, MARK)).then(
    () => true,
    () => false,
  );
}

export async function setPrepared(directory: string): Promise<void> {
  await writeFile(join(directory, MARK), '');
}
