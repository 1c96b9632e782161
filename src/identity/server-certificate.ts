/**
 * The certificate that the broker shows its clients. Configured, or made once and kept in the store
 * with its key sealed, so that every replica and every restart shows the same one.
 */
import type { Clock } from '../core/clock.ts';
import { CERTIFICATE_NAME, keepDeploymentSecret } from '../store/deployment-secrets.ts';
import type { Store } from '../store/open-store.ts';
import type { RootKeys } from '../store/sealing.ts';

export interface ServerCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/**
 * @param input.configured from the configuration; used as it is
 * @param input.make makes one when there is none yet; of two replicas that start at once, one wins
 * @throws AppError `config_invalid` when the keyring does not open the stored key
 */
export async function keepServerCertificate(input: {
  context: { readonly store: Store; readonly clock: Clock };
  roots: RootKeys;
  configured: ServerCertificate | null;
  make: () => Promise<ServerCertificate>;
}): Promise<ServerCertificate> {
  if (input.configured !== null) return input.configured;
  const { store, clock } = input.context;
  const { publicPart, secret } = await keepDeploymentSecret({
    store,
    roots: input.roots,
    name: CERTIFICATE_NAME,
    now: clock.now(),
    make: async () => {
      const { certificatePem, keyPem } = await input.make();
      return { publicPart: certificatePem, secret: Buffer.from(keyPem) };
    },
  });
  return { certificatePem: publicPart, keyPem: secret.toString('utf8') };
}
