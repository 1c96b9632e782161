import * as openid from 'openid-client';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { TokenSource } from '../api-client.ts';
import type { Credential, CredentialFile } from './credentials.ts';
import { credentialFrom, discoverProvider } from './provider.ts';

/** A token this close to its end is renewed before it is sent. */
const RENEW_BEFORE_END_MS = 30_000;

/**
 * The token to send: the one in the environment, else the one `sallyport login` kept, renewed when due.
 * @returns a source that throws AppError `unauthenticated`, saying what to do, when there is none
 */
export function createTokenSource(options: {
  server: string;
  fromEnvironment: Secret<string> | null;
  file: CredentialFile;
}): TokenSource {
  const { server, fromEnvironment, file } = options;
  return async ({ renew }) => {
    if (fromEnvironment !== null) return renew ? null : fromEnvironment.reveal();
    const credential = await file.read(server);
    if (credential === null) {
      throw new AppError('unauthenticated', `You are not signed in to ${server}. Run sallyport login.`);
    }
    const due = credential.expiresAt.getTime() - Date.now() < RENEW_BEFORE_END_MS;
    if (!renew && !due) return credential.accessToken;
    return (await renewCredential({ server, credential, file })).accessToken;
  };
}

async function renewCredential(options: {
  server: string;
  credential: Credential;
  file: CredentialFile;
}): Promise<Credential> {
  const { server, credential, file } = options;
  if (credential.refreshToken === null) throw signInAgain();
  const provider = await discoverProvider(credential);
  try {
    const tokens = await openid.refreshTokenGrant(provider, credential.refreshToken, {
      resource: credential.audience,
    });
    const renewed = credentialFrom(tokens, credential);
    await file.write(server, renewed);
    return renewed;
  } catch (error) {
    // Another command may have used the refresh token first; then its answer is in the file.
    const current = await file.read(server);
    if (current !== null && current.accessToken !== credential.accessToken) return current;
    throw signInAgain(error);
  }
}

function signInAgain(cause?: unknown): AppError {
  const reason = cause === undefined ? '' : ` (${messageOf(cause)})`;
  return new AppError('unauthenticated', `Your sign-in has ended${reason}. Run sallyport login.`, { cause });
}
