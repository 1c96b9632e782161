/** The app's own token, which goes with everything that we send: asked for when it is needed, kept until it ends. */
import * as openid from 'openid-client';
import { after, type Clock } from '../../core/clock.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import { Secret } from '../../core/secret.ts';
import type { TeamsEndpoints } from './endpoints.ts';

export interface AppToken {
  /** @throws AppError `unavailable` when there is none to be had; the text says what Microsoft Entra said */
  get(): Promise<Secret<string>>;
  /** That one is not taken any more. */
  forget(token: Secret<string>): void;
}

const TIMEOUT_SECONDS = 10;
/** It must not end on its way. */
const EARLIER_MS = 300_000;
/** Of a token that does not say how long it is good for. */
const SECONDS_DEFAULT = 600;

/** @param options.tenantId whose application it is: the bot is a single-tenant one */
export function createAppToken(
  clock: Clock,
  options: {
    readonly endpoints: TeamsEndpoints;
    readonly appId: string;
    readonly tenantId: string;
    readonly appPassword: Secret<string>;
  },
): AppToken {
  const configuration = configurationOf(options);
  let kept: { readonly token: Secret<string>; readonly until: Date } | null = null;
  let asking: Promise<Secret<string>> | null = null;

  const ask = async (): Promise<Secret<string>> => {
    try {
      const scope = `${options.endpoints.scope}/.default`;
      const answer = await openid.clientCredentialsGrant(configuration, { scope });
      const token = new Secret(answer.access_token);
      const lifetimeMs = (answer.expiresIn() ?? SECONDS_DEFAULT) * 1_000;
      kept = { token, until: after(clock.now(), lifetimeMs - Math.min(EARLIER_MS, lifetimeMs / 2)) };
      return token;
    } catch (error) {
      throw new AppError('unavailable', `Microsoft Entra gave no token: ${saidIn(error)}`, { cause: error });
    }
  };

  return {
    get: () => {
      if (kept !== null && clock.now() < kept.until) return Promise.resolve(kept.token);
      // However many wait for it, it is asked for once.
      asking ??= ask().finally(() => {
        asking = null;
      });
      return asking;
    },
    forget: (token) => {
      if (kept?.token === token) kept = null;
    },
  };
}

function configurationOf(options: Parameters<typeof createAppToken>[1]): openid.Configuration {
  const { endpoints, appId, tenantId, appPassword } = options;
  const issuer = `${endpoints.login}/${tenantId}`;
  const configuration = new openid.Configuration(
    { issuer, token_endpoint: `${issuer}/oauth2/v2.0/token` },
    appId,
    undefined,
    openid.ClientSecretPost(appPassword.reveal()),
  );
  configuration.timeout = TIMEOUT_SECONDS;
  // The policy takes http for this machine only.
  if (issuer.startsWith('http:')) openid.allowInsecureRequests(configuration);
  return configuration;
}

/** What Entra says is meant to be read: `AADSTS7000215: Invalid client secret provided.` */
function saidIn(error: unknown): string {
  if (error instanceof openid.ResponseBodyError && error.error_description !== undefined) {
    return error.error_description.split('\n')[0] ?? error.error;
  }
  return error instanceof Error && error.cause instanceof Error
    ? `${error.message} (${messageOf(error.cause)})`
    : messageOf(error);
}
