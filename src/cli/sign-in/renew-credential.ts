import * as openid from 'openid-client';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Credential, CredentialFile } from './credentials.ts';
import { credentialFrom, discoverProvider } from './provider.ts';

/**
 * Trades the refresh token for another access token, and keeps both. Apart from the source of tokens, so that
 * a command whose token is still good loads no OpenID Connect client.
 * @throws AppError `unauthenticated` when there is no refresh token or it is not taken any more
 */
export async function renewCredential(options: {
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
