/** That a client is somebody who is known: by a key that it signs with, or a token that was issued to it. */
import type { PublicKeyAuthContext } from 'ssh2';
import { noteKeyUse, personWithKey } from '../../../access/ssh-keys.ts';
import type { ErrorCode } from '../../../core/errors.ts';
import { isAppError, messageOf } from '../../../core/errors.ts';
import type { Identity } from '../../../core/identity.ts';
import type { Secret } from '../../../core/secret.ts';
import type { BrokerServices } from '../../services.ts';
import { offeredKey } from './offered-key.ts';

export interface Proof {
  readonly by: Identity;
  /** Asked again when time has passed. */
  stillHolds(): Promise<boolean>;
}

export type KeyProof =
  | { readonly kind: 'proved'; readonly proof: Proof }
  /** Somebody's, and not signed with: says nothing about who is there. */
  | { readonly kind: 'acceptable' | 'refused' }
  | { readonly kind: 'unusable'; readonly message: string };

type Services = Pick<BrokerServices, 'access' | 'logger' | 'identify'>;

/** The answer does not depend on the user name, so it tells nothing about resources and grants. */
export async function proofByKey(services: Services, attempt: PublicKeyAuthContext): Promise<KeyProof> {
  const { access, logger } = services;
  const key = offeredKey(attempt);
  if (key.kind === 'unusable') return key;
  const { blob } = key;
  const person = await personWithKey(access, { blob });
  if (attempt.signature === undefined) return { kind: person === null ? 'refused' : 'acceptable' };
  if (!key.isSigned() || person === null) return { kind: 'refused' };
  noteKeyUse(access, { blob }).catch((error: unknown) => {
    logger.warn({ problem: messageOf(error) }, 'noting the use of a key failed');
  });
  const stillHolds = async (): Promise<boolean> => (await personWithKey(access, { blob }))?.id === person.id;
  return { kind: 'proved', proof: { by: person, stillHolds } };
}

export type TokenProof =
  | { readonly kind: 'proved'; readonly proof: Proof }
  /** @property message a sentence where it is not about the token; null says nothing */
  | { readonly kind: 'refused'; readonly message: string | null };

/** What is wrong with a token is told to nobody who shows it. */
const TOLD: readonly ErrorCode[] = ['rate_limited', 'unavailable'];

export async function proofByToken(services: Services, token: Secret<string>): Promise<TokenProof> {
  try {
    const by = await services.identify(token.reveal());
    return { kind: 'proved', proof: { by, stillHolds: async () => true } };
  } catch (error) {
    if (!isAppError(error)) throw error;
    services.logger.info({ code: error.code }, 'a token was refused at a login');
    return { kind: 'refused', message: TOLD.includes(error.code) ? error.message : null };
  }
}
