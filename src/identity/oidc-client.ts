/**
 * The configured identity provider as an OpenID Connect client: discovered once, kept for an hour.
 * Plain http is accepted for an issuer on loopback only, for development and the demo.
 */
import * as openid from 'openid-client';
import { after, type Clock } from '../core/clock.ts';
import { AppError, messageOf } from '../core/errors.ts';
import type { OidcSettings } from './context.ts';
import { mayFetch } from './issuer-keys.ts';

export type DiscoverOidc = (settings: OidcSettings) => Promise<openid.Configuration>;

const KEPT_MS = 3_600_000;
const REQUEST_TIMEOUT_SECONDS = 10;

/**
 * @returns a discovery that remembers its last answer; a failure is not remembered. It throws AppError
 * `unavailable` when the provider does not answer as OpenID Connect Discovery 1.0 says
 */
export function createOidcDiscovery(clock: Clock): DiscoverOidc {
  let kept: { settings: OidcSettings; until: Date; configuration: openid.Configuration } | null = null;

  return async (settings) => {
    if (kept !== null && sameClient(kept.settings, settings) && clock.now() < kept.until)
      return kept.configuration;
    const configuration = await discover(settings);
    kept = { settings, until: after(clock.now(), KEPT_MS), configuration };
    return configuration;
  };
}

function sameClient(one: OidcSettings, other: OidcSettings): boolean {
  return (
    one.issuer === other.issuer &&
    one.clientId === other.clientId &&
    one.clientSecret?.reveal() === other.clientSecret?.reveal()
  );
}

async function discover(settings: OidcSettings): Promise<openid.Configuration> {
  const issuer = new URL(settings.issuer);
  // A client without a secret is a public one, which PKCE protects.
  const authentication =
    settings.clientSecret === null ? openid.None() : openid.ClientSecretBasic(settings.clientSecret.reveal());
  const execute = [openid.enableNonRepudiationChecks];
  if (issuer.protocol === 'http:' && mayFetch(issuer)) execute.push(openid.allowInsecureRequests);
  try {
    return await openid.discovery(
      issuer,
      settings.clientId,
      { [openid.clockTolerance]: Math.ceil(settings.clockToleranceMs / 1_000) },
      authentication,
      { execute, timeout: REQUEST_TIMEOUT_SECONDS },
    );
  } catch (error) {
    throw new AppError(
      'unavailable',
      `The identity provider ${issuer.origin} does not answer: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}
