/**
 * Signing in with a browser: OpenID Connect authorization code flow with PKCE (RFC 7636), state and
 * nonce. Begin sends the browser away; finish judges what it brings back and opens a web session.
 */
import * as openid from 'openid-client';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { IdentityContext, OidcSettings } from '../context.ts';
import type { DiscoverOidc } from '../oidc-client.ts';
import { type PersonFacts, upsertPerson } from '../persons.ts';
import { closeWebSession, openWebSession, readSignIn, type WebSession } from '../web-sessions.ts';
import { LOGIN_LASTS_MS, type LoginState, sealLoginState, unsealLoginState } from './login-state.ts';
import { parsePersonClaims } from './person-claims.ts';
import { parseReturnTo } from './return-to.ts';

export interface BrowserLogin {
  /**
   * @param options.prompt passed through to the provider; `select_account` lets another person sign in, `login`
   *   makes the person prove who they are anew, and `finish` sees to it that they did
   * @returns where to send the browser, and what it must keep for `finish`, found again by `state`
   */
  begin(options: {
    callbackUrl: URL;
    returnTo: string | null;
    prompt: 'select_account' | 'login' | null;
  }): Promise<{
    readonly redirectTo: string;
    readonly state: string;
    readonly sealed: string;
    readonly lastsMs: number;
  }>;
  /**
   * @param options.callback the full URL that the provider sent the browser back to
   * @returns the cookie of the new web session, and the path the person wanted
   * @throws AppError `unauthenticated` or `forbidden` with the reason; nothing was accepted then
   */
  finish(options: { callback: URL; sealed: string | null }): Promise<{
    readonly cookie: Secret<string>;
    readonly expiresAt: Date;
    readonly returnTo: string;
  }>;
  signOut(cookie: string): Promise<void>;
  /** The person behind a session, and when they last proved who they are; null for nobody. */
  readSignIn(cookie: string): Promise<WebSession | null>;
}

/** @param options.sealingKey 32 bytes, the same on every replica */
export function createBrowserLogin(options: {
  context: IdentityContext;
  discover: DiscoverOidc;
  sealingKey: Secret<Uint8Array>;
}): BrowserLogin {
  const { context } = options;
  const sealing = { key: options.sealingKey, clock: context.clock };

  async function provider() {
    const settings = context.settings().oidc;
    if (settings === null) {
      throw new AppError(
        'not_found',
        'No identity provider is configured. Set identity.oidc in sallyport.yaml.',
      );
    }
    return { settings, configuration: await options.discover(settings) };
  }

  return {
    begin: async ({ callbackUrl, returnTo, prompt }) => {
      const { settings, configuration } = await provider();
      const login = {
        state: openid.randomState(),
        nonce: openid.randomNonce(),
        codeVerifier: openid.randomPKCECodeVerifier(),
        returnTo: parseReturnTo(returnTo, callbackUrl),
        freshSinceMs: prompt === 'login' ? context.clock.now().getTime() : null,
      };
      const redirectTo = openid.buildAuthorizationUrl(configuration, {
        redirect_uri: callbackUrl.href,
        scope: settings.scopes,
        state: login.state,
        nonce: login.nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(login.codeVerifier),
        code_challenge_method: 'S256',
        ...(prompt === null ? {} : { prompt }),
        ...(prompt === 'login' ? { max_age: '0' } : {}),
      });
      const sealed = await sealLoginState(sealing, login);
      return { redirectTo: redirectTo.href, state: login.state, sealed, lastsMs: LOGIN_LASTS_MS };
    },

    finish: async ({ callback, sealed }) => {
      const login = await unsealLoginState(sealing, sealed);
      const { settings, configuration } = await provider();
      const checks = {
        expectedState: login.state,
        expectedNonce: login.nonce,
        pkceCodeVerifier: login.codeVerifier,
      };
      const facts = await exchangeCode(configuration, {
        callback,
        checks,
        named: settings,
      });
      const { signedInAt, ...known } = facts;
      requireFreshness(login, { signedInAt, toleranceMs: settings.clockToleranceMs });
      const person = await upsertPerson(context, { ...known, issuer: settings.issuer });
      return { ...(await openWebSession(context, person, signedInAt)), returnTo: login.returnTo };
    },

    signOut: (cookie) => closeWebSession(context, cookie),
    readSignIn: (cookie) => readSignIn(context, cookie),
  };
}

/**
 * A provider may answer `prompt=login` from a session that it still has: only `auth_time` says what happened
 * (OpenID Connect Core, section 3.1.2.1).
 * @throws AppError `unauthenticated`
 */
function requireFreshness(
  login: LoginState,
  { signedInAt, toleranceMs }: { signedInAt: Date | null; toleranceMs: number },
): void {
  if (login.freshSinceMs === null) return;
  if (signedInAt === null) {
    throw new AppError(
      'unauthenticated',
      'The identity provider does not say when you signed in (auth_time), so this sign-in does not count as a fresh one.',
    );
  }
  if (signedInAt.getTime() < login.freshSinceMs - toleranceMs) {
    throw new AppError(
      'unauthenticated',
      'The identity provider answered from an earlier sign-in. Sign in anew there.',
    );
  }
}

/** Turns the code into verified claims; userinfo is asked only for what the ID token leaves out. */
async function exchangeCode(
  configuration: openid.Configuration,
  options: {
    callback: URL;
    checks: openid.AuthorizationCodeGrantChecks;
    named: Pick<OidcSettings, 'groupsClaim' | 'sshKeysClaim'>;
  },
): Promise<Omit<PersonFacts, 'issuer'> & { readonly signedInAt: Date | null }> {
  const { callback, checks, named } = options;
  try {
    const tokens = await openid.authorizationCodeGrant(configuration, callback, checks);
    const idToken = tokens.claims();
    if (idToken === undefined) throw new Error('the answer holds no ID token');
    const toldAt = new Date(idToken.iat * 1_000);
    const signedInAt = idToken.auth_time === undefined ? null : new Date(idToken.auth_time * 1_000);
    const { groupsClaim, sshKeysClaim } = named;
    const wanted = ['email', groupsClaim, ...(sshKeysClaim === null ? [] : [sshKeysClaim])];
    const complete = wanted.every((claim) => idToken[claim] !== undefined);
    if (complete || configuration.serverMetadata().userinfo_endpoint === undefined) {
      return { ...parsePersonClaims(idToken, named), toldAt, signedInAt };
    }
    const userInfo = await openid.fetchUserInfo(configuration, tokens.access_token, idToken.sub);
    return { ...parsePersonClaims({ ...userInfo, ...idToken }, named), toldAt, signedInAt };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('unauthenticated', `The sign-in did not succeed: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** A refusal by the provider (`access_denied`, say) is what the person needs to read; else what did not hold. */
function reasonOf(error: unknown): string {
  if (error instanceof openid.AuthorizationResponseError) return error.error_description ?? error.error;
  const cause = error instanceof openid.ClientError ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
}
