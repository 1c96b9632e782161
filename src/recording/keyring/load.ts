/** Opens what of the keyring rests in the database: root keys by what wrapped them, signing keys by a root key. */
import { createPrivateKey } from 'node:crypto';
import { AppError, messageOf } from '../../core/errors.ts';
import { openSecret } from '../../store/deployment-secrets.ts';
import type { DeploymentKeyRow, RootKeyRow } from '../../store/entities/deployment.ts';
import { type RootKey, rootKeyOf } from '../../store/sealing.ts';
import {
  type EndorsedKey,
  isEndorsedBy,
  type PublicKey,
  parseEndorsement,
  type TrustedKey,
} from '../../store/signing-chain.ts';
import { type SigningKey, signingKeyOf, type WrappingKey, wrappingKeyOf } from '../keys.ts';
import { contextOf, type KeyWrapper } from './wrapper.ts';

/** A generation in clear. */
export interface Root {
  readonly generation: number;
  /** In memory only. */
  readonly bytes: Buffer;
  readonly key: RootKey;
  readonly wrapping: WrappingKey;
}

export interface Signer extends SigningKey {
  readonly number: number;
  readonly endorsed: EndorsedKey | null;
}

export function rootOf(generation: number, bytes: Buffer): Root {
  const key = rootKeyOf(bytes);
  return { generation, bytes, key, wrapping: wrappingKeyOf(key) };
}

/**
 * @param wrappers that which wrapped it is asked first, and alone when it is among them
 * @throws AppError `config_invalid` when none of them wrapped it, `unavailable` when one cannot be asked
 */
export async function openRoot(row: RootKeyRow, wrappers: readonly KeyWrapper[]): Promise<Root> {
  const named = wrappers.filter(({ name }) => name === row.wrappedBy);
  const reasons: unknown[] = [];
  for (const wrapper of named.length > 0 ? named : wrappers) {
    try {
      const bytes = await wrapper.unwrap(row.wrappedKey, contextOf(row.keyId));
      const root = rootOf(row.generation, bytes);
      // Whatever a service makes of the context: another key is another id.
      if (root.key.keyId === row.keyId) return root;
      reasons.push(new AppError('config_invalid', `the ${wrapper.name} answered with another key`));
    } catch (error) {
      reasons.push(error);
    }
  }
  throw notOpened(row, { wrappers, reasons });
}

function notOpened(
  row: RootKeyRow,
  { wrappers, reasons }: { wrappers: readonly KeyWrapper[]; reasons: readonly unknown[] },
): AppError {
  const away = reasons.find((reason) => reason instanceof AppError && reason.code === 'unavailable');
  const why = reasons.map(messageOf).join('; ');
  const what = `Root key ${row.keyId} (generation ${row.generation}) was wrapped by the ${row.wrappedBy}`;
  if (away !== undefined) return new AppError('unavailable', `${what}: ${why}`, { cause: away });
  const own = wrappers.map(({ name }) => name).join(', ');
  return new AppError(
    'config_invalid',
    `The master key does not open this database. ${what}; this process has ${own === '' ? 'nothing to open it with' : own}${why === '' ? '' : ` (${why})`}. Start with what wrapped it; to change the master key, give the one before as SALLYPORT_PREVIOUS_MASTER_KEY until you have run: sallyport keys rotate`,
    { cause: reasons[0] },
  );
}

/** @throws AppError `config_invalid` for one that does not open, or that the one before did not endorse */
export function openSigner(
  row: DeploymentKeyRow,
  options: { readonly root: RootKey; readonly before: PublicKey | null },
): Signer {
  const { name, publicKeyPem: publicPart, sealedPrivateKey: sealed, number } = row;
  const der = openSecret({ root: options.root, name, publicPart, sealed });
  const key = signingKeyOf(createPrivateKey({ key: der, type: 'pkcs8', format: 'der' }));
  der.fill(0);
  if (options.before === null) return { ...key, number, endorsed: null };
  const endorsement = row.endorsement == null ? null : parseEndorsement(Buffer.from(row.endorsement));
  const endorsed = endorsement === null ? null : { ...key.publicKey, endorsement };
  if (endorsed === null || !isEndorsedBy(options.before, endorsed)) {
    throw new AppError(
      'config_invalid',
      `Signing key ${number} (SHA-256 ${key.publicKey.sha256}) in the database is not endorsed by the one before it.`,
    );
  }
  return { ...key, number, endorsed };
}

/** The first one and what follows. */
export function trustedOf(signers: readonly Signer[]): TrustedKey {
  const [first] = signers;
  if (first === undefined) throw new AppError('internal', 'The keyring has no signing key.');
  const following = signers.flatMap(({ endorsed }) => endorsed ?? []);
  return following.length === 0 ? first.publicKey : { ...first.publicKey, following };
}
