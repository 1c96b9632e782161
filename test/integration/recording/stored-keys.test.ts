import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/core/secret.ts';
import { openRecordingKeys } from '../../../src/recording/keys.ts';
import { findDeploymentKey } from '../../../src/store/operations/deployment.ts';
import { useTestStore } from '../../support/store.ts';

describe('the signing key in the store', () => {
  const store = useTestStore();

  it('is one for all replicas that start at once, sealed, and opens after a restart', async () => {
    const masterKey = new Secret(randomBytes(32));
    const opening = Array.from({ length: 8 }, () => openRecordingKeys({ store: store.current, masterKey }));
    const keys = await Promise.all(opening);
    const again = await openRecordingKeys({ store: store.current, masterKey });
    expect(new Set([...keys, again].map(({ publicKeyPem }) => publicKeyPem)).size).toBe(1);

    const row = await findDeploymentKey(store.current.read(), { name: 'recording-signing' });
    expect(row?.publicKeyPem).toBe(again.publicKeyPem);
    const pkcs8Start = Buffer.from('302e020100300506032b6570', 'hex');
    expect(Buffer.from(row?.sealedPrivateKey ?? []).includes(pkcs8Start)).toBe(false);
    const other = { store: store.current, masterKey: new Secret(randomBytes(32)) };
    await expect(openRecordingKeys(other)).rejects.toMatchObject({ code: 'config_invalid' });
  });
});
