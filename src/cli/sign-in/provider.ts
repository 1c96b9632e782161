import * as openid from 'openid-client';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Credential } from './credentials.ts';

const REQUEST_TIMEOUT_SECONDS = 15;
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The identity provider as this public client sees it: no secret, PKCE instead.
 * @throws AppError `unavailable` when it does not answer
 */
export async function discoverProvider(options: {
  issuer: string;
  clientId: string;
}): Promise<openid.Configuration> {
  const issuer = new URL(options.issuer);
  const execute = [openid.enableNonRepudiationChecks];
  if (LOOPBACK_NAMES.includes(issuer.hostname)) execute.push(openid.allowInsecureRequests);
  try {
    return await openid.discovery(issuer, options.clientId, undefined, openid.None(), {
      execute,
      timeout: REQUEST_TIMEOUT_SECONDS,
    });
  } catch (error) {
    throw new AppError(
      'unavailable',
      `The identity provider ${options.issuer} does not answer: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** How long an access token is used when the provider does not say. */
const EXPIRES_DEFAULT_SECONDS = 300;

export function credentialFrom(
  tokens: openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers,
  known: Pick<Credential, 'issuer' | 'clientId' | 'audience' | 'refreshToken'>,
): Credential {
  const expiresInSeconds = tokens.expiresIn() ?? EXPIRES_DEFAULT_SECONDS;
  return {
    issuer: known.issuer,
    clientId: known.clientId,
    audience: known.audience,
    accessToken: tokens.access_token,
    // A provider that does not rotate refresh tokens answers without one: the old one stays good.
    refreshToken: tokens.refresh_token ?? known.refreshToken,
    expiresAt: new Date(Date.now() + expiresInSeconds * 1_000),
  };
}
