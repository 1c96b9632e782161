import { hkdfSync } from 'node:crypto';
import { Secret } from '../core/secret.ts';

const KEY_BYTES = 32;

/**
 * A key of 32 bytes for one named use (HKDF-SHA256, RFC 5869), so that no two uses share one.
 * @param options.salt random, where the same use needs several keys
 */
export function deriveKey(
  secretKey: Secret<Uint8Array>,
  options: { readonly use: string; readonly salt?: Uint8Array },
): Secret<Buffer> {
  const salt = options.salt ?? new Uint8Array();
  return new Secret(Buffer.from(hkdfSync('sha256', secretKey.reveal(), salt, options.use, KEY_BYTES)));
}
