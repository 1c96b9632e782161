/** Public keys by what is kept of those that the identity provider names: their fingerprints. */
import { createHash } from 'node:crypto';
import { parseSshPublicKey } from '../core/ssh-public-key.ts';

const KEYS_MAX = 50;

/** `SHA256:` and base64 without padding, as ssh-keygen shows it. @param blob RFC 4253, section 6.6 */
export function sshFingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/**
 * @param claim null where none is configured: then there are no keys
 * @returns fingerprints of the keys that the claim lists, one a line or an item; what is no usable key counts for none
 */
export function sshKeysFrom(
  claims: Readonly<Record<string, unknown>>,
  claim: string | null,
): readonly string[] {
  const value = claim === null ? [] : claims[claim];
  const lines = typeof value === 'string' ? value.split('\n') : Array.isArray(value) ? value : [];
  const found = lines.slice(0, KEYS_MAX).flatMap((line: unknown) => {
    const blob = typeof line === 'string' ? blobOf(line) : null;
    return blob === null ? [] : [sshFingerprint(blob)];
  });
  return [...new Set(found)];
}

function blobOf(line: string): Buffer | null {
  try {
    return Buffer.from(parseSshPublicKey(line).blobBase64, 'base64');
  } catch {
    return null;
  }
}
