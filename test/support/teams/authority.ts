/**
 * Who vouches: real keys, published as the Bot Framework publishes them, under which Teams' activities are signed; and
 * the token endpoint at which the app gets its own token.
 */
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';

export const APP_ID = '8a7c1f2e-0b52-4c5e-9d7a-5f1f0a9c3b11';
export const APP_PASSWORD = 'only-in-tests~app.password';
export const TENANT = '11111111-2222-4333-8444-555555555555';
export const FOREIGN_TENANT = '99999999-2222-4333-8444-555555555555';
const ISSUER = 'https://api.botframework.com';
const KEY_ID = 'key-one';
const TOKEN_SECONDS = 3_600;

/** How an activity's token differs from what Teams would send. */
export interface Forgery {
  readonly audience?: string;
  readonly issuer?: string;
  readonly serviceUrl?: string;
  /** Seconds from now. */
  readonly expiresIn?: number;
  /** A key that nobody published, under a published key's id or another. */
  readonly signedBy?: 'unpublished-key' | 'unknown-key-id';
}

export interface Authority {
  /** The documents by their paths. */
  documentsAt(url: string): Readonly<Record<string, unknown>>;
  /** @returns a token such as Teams sends along with an activity */
  sign(serviceUrl: string, forgery?: Forgery): Promise<string>;
  /** Answers the app's question for a token. */
  grant(tenant: string, form: URLSearchParams): { readonly status: number; readonly body: object };
  /** True for a token that was granted and is still taken. */
  isGranted(authorization: string): boolean;
  /** Takes no token that was granted so far. */
  revokeAll(): void;
  readonly granted: readonly string[];
}

export async function createAuthority(): Promise<Authority> {
  const [published, unpublished] = await Promise.all([
    generateKeyPair('RS256', { extractable: true }),
    generateKeyPair('RS256'),
  ]);
  const jwk = {
    ...(await exportJWK(published.publicKey)),
    kid: KEY_ID,
    use: 'sig',
    endorsements: ['msteams'],
  };
  const granted: string[] = [];
  const taken = new Set<string>();
  return {
    granted,
    documentsAt: (url) => ({
      '/openid': {
        issuer: ISSUER,
        authorization_endpoint: 'https://invalid.botframework.com',
        jwks_uri: `${url}/keys`,
        id_token_signing_alg_values_supported: ['RS256'],
        token_endpoint_auth_methods_supported: ['private_key_jwt'],
      },
      '/keys': { keys: [jwk] },
    }),
    sign: (serviceUrl, forgery = {}) => {
      const now = Math.floor(Date.now() / 1_000);
      const claims: JWTPayload = { serviceurl: forgery.serviceUrl ?? serviceUrl };
      const kid = forgery.signedBy === 'unknown-key-id' ? 'another-key' : KEY_ID;
      return new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
        .setIssuer(forgery.issuer ?? ISSUER)
        .setAudience(forgery.audience ?? APP_ID)
        .setNotBefore(now - TOKEN_SECONDS)
        .setExpirationTime(now + (forgery.expiresIn ?? TOKEN_SECONDS))
        .sign(forgery.signedBy === undefined ? published.privateKey : unpublished.privateKey);
    },
    grant: (tenant, form) => {
      const refusal = refusalOf(tenant, form);
      if (refusal !== null) return { status: 401, body: refusal };
      const token = `granted-${randomUUID()}`;
      granted.push(token);
      taken.add(token);
      return {
        status: 200,
        body: { token_type: 'Bearer', expires_in: TOKEN_SECONDS, access_token: token },
      };
    },
    isGranted: (authorization) => taken.has(authorization.replace(/^Bearer /, '')),
    revokeAll: () => taken.clear(),
  };
}

/** As Microsoft Entra says it. */
function refusalOf(tenant: string, form: URLSearchParams): object | null {
  const description =
    tenant !== TENANT
      ? `AADSTS90002: Tenant '${tenant}' not found.`
      : form.get('client_id') !== APP_ID
        ? `AADSTS700016: Application with identifier '${form.get('client_id')}' was not found in the directory.`
        : form.get('client_secret') !== APP_PASSWORD
          ? 'AADSTS7000215: Invalid client secret provided.'
          : form.get('scope') !== `${ISSUER}/.default` || form.get('grant_type') !== 'client_credentials'
            ? 'AADSTS70011: The provided value for the input parameter scope is not valid.'
            : null;
  return description === null ? null : { error: 'invalid_client', error_description: description };
}
