import { AppError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { TokenSource } from '../api-client.ts';
import type { CredentialFile } from './credentials.ts';

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
    const { renewCredential } = await import('./renew-credential.ts');
    return (await renewCredential({ server, credential, file })).accessToken;
  };
}
