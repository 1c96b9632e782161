/** A public key that a client shows (RFC 4252, section 7): whether it is one that can be checked, and the check. */
import ssh2, { type PublicKeyAuthContext } from 'ssh2';
import { isAppError } from '../../../core/errors.ts';
import { parseSshPublicKey } from '../../../core/ssh-public-key.ts';
import { securityKey, stringsOf } from './security-key.ts';

/** What a client sends of a key; `hashAlgo` is set for RSA with SHA-2. */
export type KeyAttempt = Pick<PublicKeyAuthContext, 'key' | 'signature' | 'blob' | 'hashAlgo'>;

export type OfferedKey =
  | {
      readonly kind: 'usable';
      /** As in RFC 4253, section 6.6. */
      readonly blob: Buffer;
      /** Whether the client signed this login with it; false without a signature. */
      readonly isSigned: () => boolean;
    }
  /** @property message a sentence for the person */
  | { readonly kind: 'unusable'; readonly message: string };

/** The type in the blob must be the one that was named: what is verified is the key that is looked up. */
export function offeredKey(attempt: KeyAttempt): OfferedKey {
  const { algo, data } = attempt.key;
  const line = `${algo} ${data.toString('base64')}`;
  try {
    parseSshPublicKey(line);
  } catch (error) {
    if (isAppError(error)) return { kind: 'unusable', message: error.message };
    throw error;
  }
  const [, ...fields] = stringsOf(data) ?? [];
  const token = securityKey(algo, fields);
  if (token !== null)
    return {
      kind: 'usable',
      blob: data,
      isSigned: () => wasSigned(attempt, (signed) => token.isSigned(signed)),
    };
  // Without a name of SHA-2 it is signed with SHA-1.
  if (algo === 'ssh-rsa' && attempt.hashAlgo === undefined)
    return unusable('RSA keys are accepted with SHA-2 only: this client signs with SHA-1');
  const key = ssh2.utils.parseKey(line);
  if (key instanceof Error || key.type !== algo) return unusable('This key cannot be read');
  return {
    kind: 'usable',
    blob: data,
    isSigned: () =>
      wasSigned(
        attempt,
        ({ message, signature }) => key.verify(message, signature, attempt.hashAlgo) === true,
      ),
  };
}

function wasSigned(
  { blob, signature }: KeyAttempt,
  check: (signed: { readonly message: Buffer; readonly signature: Buffer }) => boolean,
): boolean {
  return blob !== undefined && signature !== undefined && check({ message: blob, signature });
}

function unusable(message: string): OfferedKey {
  return { kind: 'unusable', message: `${message}.` };
}
