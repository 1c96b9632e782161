export const GRANT_STATES = ['issuing', 'active', 'expired', 'revoked', 'done'] as const;
export type GrantState = (typeof GRANT_STATES)[number];

const NEXT: Readonly<Record<GrantState, readonly GrantState[]>> = {
  issuing: ['active', 'expired', 'revoked', 'done'],
  active: ['expired', 'revoked', 'done'],
  expired: [],
  revoked: [],
  done: [],
};

/** Legal moves; the database enforces the same with conditional updates. */
export function canMoveGrant(from: GrantState, to: GrantState): boolean {
  return NEXT[from].includes(to);
}

/** RFC 4648 base32 in lower case. */
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Bytes from a cryptographic source, five bits a character, as base32 in lower case. */
export function base32(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(buffer >> bits) & 31];
      buffer &= (1 << bits) - 1;
    }
  }
  return text;
}

/** `g-` and 8 base32 characters: what a client gives as its user name. */
export const HANDLE_PATTERN = /^g-[a-z2-7]{8}$/;

/**
 * What is kept of a connection secret: enough to check a SCRAM-SHA-256 proof (RFC 5802 section 3,
 * RFC 7677), not enough to make one. All binary values in base64.
 */
export interface ScramVerifier {
  readonly saltBase64: string;
  readonly iterations: number;
  readonly storedKeyBase64: string;
  readonly serverKeyBase64: string;
}
