import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { type DeploymentKey, type DeploymentKeyStore, openKeysIn } from '../../../src/recording/keys.ts';

class MemoryKeys implements DeploymentKeyStore {
  readonly rows = new Map<string, DeploymentKey>();

  async readDeploymentKey(name: string): Promise<DeploymentKey | null> {
    return this.rows.get(name) ?? null;
  }

  async insertDeploymentKey(key: DeploymentKey & { name: string }): Promise<void> {
    const { name, publicKeyPem, sealedPrivateKey } = key;
    if (!this.rows.has(name)) this.rows.set(name, { publicKeyPem, sealedPrivateKey });
  }
}

const masterKey = new Secret(randomBytes(32));

describe('the recording keys', () => {
  it('are made once and opened again', async () => {
    const store = new MemoryKeys();
    const made = await openKeysIn({ store, masterKey });
    const opened = await openKeysIn({ store, masterKey });
    expect(opened.publicKeyPem).toBe(made.publicKeyPem);
    expect(opened.keyId).toBe(made.keyId);
    expect(opened.sign(Buffer.from('a'))).toEqual(made.sign(Buffer.from('a')));
    const dataKey = randomBytes(32);
    const wrapped = made.wrapDataKey(dataKey, Buffer.from('s-1'));
    expect(Buffer.from(opened.unwrapDataKey(wrapped, Buffer.from('s-1')))).toEqual(dataKey);
    expect(() => opened.unwrapDataKey(wrapped, Buffer.from('s-2'))).toThrow();
    expect(store.rows.size).toBe(1);
  });

  it('are the winner’s when several replicas start at once', async () => {
    const store = new MemoryKeys();
    const opened = await Promise.all(Array.from({ length: 5 }, () => openKeysIn({ store, masterKey })));
    expect(new Set(opened.map((keys) => keys.publicKeyPem)).size).toBe(1);
    expect(new Set(opened.map((keys) => Buffer.from(keys.sign(Buffer.from('a'))).toString('hex'))).size).toBe(
      1,
    );
  });

  it('do not rest in clear, and open with no other master key and under no other public key', async () => {
    const store = new MemoryKeys();
    await openKeysIn({ store, masterKey });
    const refused = { code: 'config_invalid' };
    await expect(openKeysIn({ store, masterKey: new Secret(randomBytes(32)) })).rejects.toMatchObject(
      refused,
    );
    await expect(openKeysIn({ store, masterKey: new Secret(randomBytes(31)) })).rejects.toMatchObject(
      refused,
    );

    const [[name, row]] = [...store.rows] as [[string, DeploymentKey]];
    // PKCS#8 of an Ed25519 key begins with these bytes.
    expect(Buffer.from(row.sealedPrivateKey).includes(Buffer.from('302e020100300506032b6570', 'hex'))).toBe(
      false,
    );
    const other = new MemoryKeys();
    await openKeysIn({ store: other, masterKey });
    const [otherRow] = [...other.rows.values()];
    store.rows.set(name, { ...row, publicKeyPem: otherRow?.publicKeyPem ?? '' });
    await expect(openKeysIn({ store, masterKey })).rejects.toMatchObject(refused);
  });
});
