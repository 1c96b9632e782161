/** A policy that somebody wants put into force. */

export const POLICY_CHANGE_STATES = [
  'pending',
  'applied',
  'denied',
  'cancelled',
  'expired',
  'superseded',
] as const;
export type PolicyChangeState = (typeof POLICY_CHANGE_STATES)[number];

/** `apply`: sent to the server. `file`: found in the file of a server that started or reloaded. */
export const POLICY_CHANGE_SOURCES = ['apply', 'file'] as const;
export type PolicyChangeSource = (typeof POLICY_CHANGE_SOURCES)[number];

/** `p-` and 8 base32 characters. */
export const POLICY_CHANGE_ID_PATTERN = /^p-[a-z2-7]{8}$/;

/** As large as a policy may be. */
export const POLICY_BYTES_MAX = 1_048_576;
export const POLICY_COMMENT_CHARACTERS_MAX = 2_000;
