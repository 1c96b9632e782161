/**
 * Signatures of Standard Webhooks 1.0: over `id.timestamp.body`, `v1` by HMAC-SHA256 and `v1a` by Ed25519, as many as
 * there are keys. See https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { createHmac, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { AppError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';

export interface WebhookKeys {
  readonly shared: readonly Buffer[];
  readonly signing: KeyObject | null;
}

const SHARED_BYTES = { min: 24, max: 64 };
const SEED_BYTES = 32;
/** Of an Ed25519 seed in PKCS #8 (RFC 8410 section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @throws AppError `config_invalid` that names no part of the secret */
export function readWebhookKeys(keys: {
  readonly secrets: readonly Secret<string>[];
  readonly signingKey: Secret<string> | null;
}): WebhookKeys {
  return {
    shared: keys.secrets.map((secret) => decoded(secret, 'whsec_', SHARED_BYTES)),
    signing: keys.signingKey === null ? null : signingKey(keys.signingKey),
  };
}

/** Seed alone, or seed and public key, as libsodium keeps them. */
function signingKey(secret: Secret<string>): KeyObject {
  const bytes = decoded(secret, 'whsk_', { min: SEED_BYTES, max: 2 * SEED_BYTES });
  const seed = bytes.subarray(0, SEED_BYTES);
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}

function decoded(secret: Secret<string>, prefix: string, { min, max }: { min: number; max: number }): Buffer {
  const text = secret.reveal().trim();
  const bytes = text.startsWith(prefix) ? Buffer.from(text.slice(prefix.length), 'base64') : Buffer.alloc(0);
  if (bytes.length < min || bytes.length > max) {
    throw new AppError('config_invalid', `the key is not ${prefix} and ${min} to ${max} bytes in base64`);
  }
  return bytes;
}

/** @returns the value of `webhook-signature` */
export function signWebhook(
  keys: WebhookKeys,
  message: { readonly id: string; readonly timestamp: number; readonly body: string },
): string {
  const signed = Buffer.from(`${message.id}.${message.timestamp}.${message.body}`);
  const signatures = keys.shared.map(
    (key) => `v1,${createHmac('sha256', key).update(signed).digest('base64')}`,
  );
  if (keys.signing !== null) signatures.push(`v1a,${sign(null, signed, keys.signing).toString('base64')}`);
  return signatures.join(' ');
}
