/**
 * The certificate that the broker shows its clients. Configured, or made once and kept in the store
 * with its key sealed, so that every replica and every restart shows the same one.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Secret } from '../core/secret.ts';
import type { Store } from '../store/open-store.ts';
import { findDeploymentKey, insertDeploymentKey } from '../store/operations/deployment.ts';
import { derive, seal, unseal } from '../store/sealing.ts';

export interface ServerCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

const NAME = 'broker-certificate';

/**
 * @param input.configured from the configuration; used as it is
 * @param input.make makes one when there is none yet; of two replicas that start at once, one wins
 * @throws AppError `config_invalid` when the master key is not the one that sealed the stored key
 */
export async function keepServerCertificate(input: {
  context: { readonly store: Store; readonly clock: Clock };
  masterKey: Secret<Buffer>;
  configured: ServerCertificate | null;
  make: () => Promise<ServerCertificate>;
}): Promise<ServerCertificate> {
  if (input.configured !== null) return input.configured;
  const { store, clock } = input.context;
  const key = derive(input.masterKey.reveal(), 'sallyport certificate key seal v1');
  const known = await findDeploymentKey(store.read(), { name: NAME });
  if (known === null) {
    const made = await input.make();
    const sealedPrivateKey = seal({
      key,
      plaintext: Buffer.from(made.keyPem),
      associated: Buffer.from(made.certificatePem),
      random: randomBytes,
    });
    await insertDeploymentKey(store.read(), {
      name: NAME,
      publicKeyPem: made.certificatePem,
      sealedPrivateKey,
      createdAt: clock.now(),
    });
  }
  const kept = known ?? (await findDeploymentKey(store.read(), { name: NAME }));
  if (kept === null) throw new AppError('unavailable', 'The certificate was stored but cannot be read back.');
  try {
    const associated = Buffer.from(kept.publicKeyPem);
    const keyPem = unseal({ key, sealed: kept.sealedPrivateKey, associated }).toString('utf8');
    return { certificatePem: kept.publicKeyPem, keyPem };
  } catch (error) {
    throw new AppError(
      'config_invalid',
      'The master key does not open the stored certificate key. Start with the master key that this database was made with.',
      { cause: error },
    );
  }
}
