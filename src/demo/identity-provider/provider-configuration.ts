/** How the sample identity provider behaves: an ordinary one, with groups in every token. */
import {
  type Configuration,
  errors,
  interactionPolicy,
  type JWK,
  type KoaContextWithOIDC,
} from 'oidc-provider';
import { CAST, type CastMember, WORKLOAD } from '../cast.ts';
import type { ProviderKeys } from './provider-keys.ts';
import type { RecordStore } from './stored-records.ts';

const ACCESS_TOKEN_SECONDS = 3_600;
const SIGNED_IN_SECONDS = 14 * 86_400;
const SCOPES = 'openid profile email offline_access';

/**
 * @param options.audience the resource that JWT access tokens are for (RFC 8707): Sallyport's public URL
 * @param options.redirectUris of the public client; on loopback any port of them is accepted (RFC 8252
 *   section 7.3), which is what a command line needs
 */
export function configureProvider(options: {
  keys: ProviderKeys;
  records: RecordStore;
  clientId: string;
  redirectUris: readonly string[];
  audience: string;
}): Configuration {
  const { keys, audience } = options;
  return {
    adapter: options.records.adapter,
    jwks: { keys: [keys.signing as JWK] },
    cookies: {
      keys: [keys.cookie],
      names: { session: 'idp_session', interaction: 'idp_act', resume: 'idp_resume' },
    },
    clients: [
      {
        client_id: options.clientId,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        redirect_uris: [...options.redirectUris],
      },
      {
        client_id: WORKLOAD.clientId,
        client_secret: keys.workloadSecret,
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
      },
    ],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username', 'groups'],
      email: ['email', 'email_verified'],
    },
    // Groups belong into the ID token itself, as most providers are set up.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    interactions: {
      policy: policyWithAccountSelection(),
      url: (_context, interaction) => `/sign-in/${interaction.uid}`,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (_context, client, oneOf) =>
          client.clientId === WORKLOAD.clientId ? audience : (oneOf ?? []),
        useGrantedResource: () => false,
        getResourceServerInfo: (_context, resource) => {
          if (resource !== audience) throw new errors.InvalidTarget();
          return {
            audience,
            scope: 'openid profile email',
            accessTokenFormat: 'jwt',
            accessTokenTTL: ACCESS_TOKEN_SECONDS,
            jwt: { sign: { alg: 'RS256' } },
          };
        },
      },
    },
    findAccount: (_context, id) => {
      const member = findMember(id);
      if (member === null) return undefined;
      return { accountId: id, claims: () => ({ sub: id, ...claimsOf(member) }) };
    },
    extraTokenClaims: (_context, token) => {
      if (token.kind === 'ClientCredentials') return WORKLOAD.claims;
      const member = token.kind === 'AccessToken' ? findMember(token.accountId) : null;
      return member === null ? undefined : claimsOf(member);
    },
    loadExistingGrant: (context) => grantEverything(context, audience),
    issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: () => false,
    ttl: {
      AccessToken: ACCESS_TOKEN_SECONDS,
      ClientCredentials: ACCESS_TOKEN_SECONDS,
      Grant: SIGNED_IN_SECONDS,
      IdToken: ACCESS_TOKEN_SECONDS,
      Interaction: ACCESS_TOKEN_SECONDS,
      RefreshToken: SIGNED_IN_SECONDS,
      Session: SIGNED_IN_SECONDS,
    },
  };
}

/** `prompt=select_account` shows the sign-in page although somebody is signed in. */
function policyWithAccountSelection(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base();
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0);
  // Native clients are asked for consent each time, which nobody here is (see `grantEverything`).
  policy.get('consent')?.checks.remove('native_client_prompt');
  return policy;
}

/** Nobody is asked for consent: the one client belongs to the same organisation. */
async function grantEverything(context: KoaContextWithOIDC, audience: string) {
  const { provider, client, session } = context.oidc;
  if (client === undefined || session?.accountId === undefined) return undefined;
  const known = session.grantIdFor(client.clientId);
  const found = known === undefined ? undefined : await provider.Grant.find(known);
  const grant = found ?? new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(SCOPES);
  grant.addResourceScope(audience, SCOPES);
  await grant.save();
  return grant;
}

function findMember(username: string): CastMember | null {
  return CAST.find((member) => member.username === username) ?? null;
}

function claimsOf(member: CastMember): Record<string, string | boolean | string[]> {
  return {
    name: member.name,
    preferred_username: member.username,
    email: member.email,
    email_verified: true,
    groups: [...member.groups],
  };
}
