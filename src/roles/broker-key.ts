import { Secret } from '../core/secret.ts';
import type { Keyring } from '../recording/keyring/keyring.ts';
import { keepDeploymentSecret } from '../store/deployment-secrets.ts';

/**
 * A secret that every replica derives the same from at every start, whatever is rotated. It is made from the first root
 * key, as it was derived before there were others, and rests sealed from then on.
 */
async function keepDerived(
  keyring: Keyring,
  { name, use }: { name: string; use: string },
): Promise<Secret<Buffer>> {
  const { store, clock } = keyring;
  const { secret } = await keepDeploymentSecret({
    store,
    roots: keyring,
    name,
    now: clock.now(),
    make: async () => {
      const first = await keyring.findRoot(null);
      if (first === null) throw new Error('The keyring has no first root key.');
      return { publicPart: name, secret: first.derive(use) };
    },
  });
  return new Secret(secret);
}

/** What the brokers of a deployment derive their own keys from: the host key, and those of cancel requests. */
export function brokerKey(keyring: Keyring): Promise<Secret<Buffer>> {
  return keepDerived(keyring, { name: 'broker', use: 'sallyport broker v1' });
}

/** What seals the state of a sign-in on its way through a browser. */
export function signInKey(keyring: Keyring): Promise<Secret<Buffer>> {
  return keepDerived(keyring, { name: 'sign-in', use: 'sallyport sign-in state v1' });
}
