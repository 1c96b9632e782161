/**
 * What the root keys are wrapped with, so that they can rest in the database: the master key of this deployment, or a
 * key management service. A root key in clear is in the memory of processes and nowhere else. docs/keys.md.
 */
import { randomBytes } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { rootKeyOf, seal, unseal } from '../../store/sealing.ts';
import { checkedKey } from '../keys.ts';

export interface KeyWrapper {
  /** What people know it by; it stands beside what it wrapped. */
  readonly name: string;
  /** True where asking it can fail for reasons of its own. */
  readonly isRemote: boolean;
  /**
   * @param context what the wrapped key is bound to
   * @throws AppError `unavailable` when it cannot be asked, or refuses
   */
  wrap(key: Uint8Array, context: string): Promise<Buffer>;
  /** @throws AppError `config_invalid` when it is not what this wrapped in this context, `unavailable` */
  unwrap(wrapped: Uint8Array, context: string): Promise<Buffer>;
}

/** What a root key is bound to: no wrapped key stands for another. */
export function contextOf(keyId: string): string {
  return `sallyport root key v1 ${keyId}`;
}

/** @throws AppError `config_invalid` for a master key that is not 32 bytes */
export function masterKeyWrapper(masterKey: Secret<Buffer>): KeyWrapper {
  const own = rootKeyOf(checkedKey(masterKey));
  const key = own.derive('sallyport root key wrap v1');
  const name = `master key ${own.keyId}`;
  return {
    name,
    isRemote: false,
    wrap: async (plaintext, context) =>
      seal({ key, plaintext, associated: Buffer.from(context), random: randomBytes }),
    unwrap: async (sealed, context) => {
      try {
        return unseal({ key, sealed, associated: Buffer.from(context) });
      } catch (error) {
        throw new AppError('config_invalid', `the ${name} did not wrap it`, { cause: error });
      }
    },
  };
}

/** A wrapped key as a service answers it is not longer than this. */
export const WRAPPED_BYTES_MAX = 16_384;
