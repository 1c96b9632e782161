/**
 * What one sign-in has to remember between leaving for the identity provider and coming back. The
 * browser keeps it, encrypted, so any replica can finish what another one began.
 */
import { EncryptJWT, jwtDecrypt } from 'jose';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';

const LOGIN_STATE = z.object({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  returnTo: z.string(),
  /** Set when the person has to prove who they are anew: since then, in milliseconds since 1970. */
  freshSinceMs: z.number().nullable().default(null),
});
export type LoginState = z.output<typeof LOGIN_STATE>;

export const LOGIN_LASTS_MS = 600_000;

/** `key`: 32 bytes, the same on every replica. */
export interface Sealing {
  readonly key: Secret<Uint8Array>;
  readonly clock: Clock;
}

export async function sealLoginState(sealing: Sealing, login: LoginState): Promise<string> {
  const issuedAtSeconds = Math.floor(sealing.clock.now().getTime() / 1_000);
  return new EncryptJWT({ ...login })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setIssuedAt(issuedAtSeconds)
    .setExpirationTime(issuedAtSeconds + LOGIN_LASTS_MS / 1_000)
    .encrypt(sealing.key.reveal());
}

/** @throws AppError `unauthenticated` when it is altered, too old or missing */
export async function unsealLoginState(sealing: Sealing, sealed: string | null): Promise<LoginState> {
  if (sealed === null) throw staleLogin();
  try {
    const { payload } = await jwtDecrypt(sealed, sealing.key.reveal(), {
      currentDate: sealing.clock.now(),
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return LOGIN_STATE.parse(payload);
  } catch (error) {
    throw staleLogin(error);
  }
}

function staleLogin(cause?: unknown): AppError {
  return new AppError(
    'unauthenticated',
    'This sign-in took too long or began in another browser. Sign in again.',
    {
      cause,
    },
  );
}
