/** One proxied connection under a grant. */

export interface SessionCounts {
  readonly commands: number;
  readonly denied: number;
  readonly held: number;
  readonly rows: number;
  readonly bytes: number;
  readonly maskedCells: number;
}

export const ZERO_COUNTS: SessionCounts = {
  commands: 0,
  denied: 0,
  held: 0,
  rows: 0,
  bytes: 0,
  maskedCells: 0,
};

/** Why a session ended. `broker-lost` is written by the sweep for a broker that died. */
export const END_REASONS = [
  'client-closed',
  'grant-expired',
  'grant-revoked',
  'grant-done',
  'terminated',
  'idle',
  'upstream-closed',
  'upstream-failed',
  'protocol-error',
  'recording-failed',
  'recording-full',
  'spool-full',
  'stopped-by-rule',
  'policy-changed',
  'state-unconfirmed',
  'shutdown',
  'broker-lost',
] as const;
export type EndReason = (typeof END_REASONS)[number];
