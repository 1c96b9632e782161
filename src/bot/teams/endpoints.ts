/** Where Microsoft's clouds are, and what the policy says instead. Public and government ones as botbuilder has them. */
import type { AccessContext } from '../../access/context.ts';

export type TeamsSettings = NonNullable<
  ReturnType<AccessContext['policy']['current']>['document']['chat']['teams']
>;

export interface TeamsEndpoints {
  /** Where the app asks for its token; behind it comes `/TENANT/oauth2/v2.0/token`. Without a slash at the end. */
  readonly login: string;
  /** Whom that token is for; `/.default` behind it is its scope. Without a slash at the end. */
  readonly scope: string;
  /** Who issues the tokens of what Teams sends. */
  readonly tokenIssuer: string;
  /** The OpenID document that leads to that issuer's keys. */
  readonly openIdMetadata: string;
}

const CLOUDS: Readonly<Record<TeamsSettings['cloud'], TeamsEndpoints>> = {
  public: {
    login: 'https://login.microsoftonline.com',
    scope: 'https://api.botframework.com',
    tokenIssuer: 'https://api.botframework.com',
    openIdMetadata: 'https://login.botframework.com/v1/.well-known/openidconfiguration',
  },
  'us-government': {
    login: 'https://login.microsoftonline.us',
    scope: 'https://api.botframework.us',
    tokenIssuer: 'https://api.botframework.us',
    openIdMetadata: 'https://login.botframework.azure.us/v1/.well-known/openidconfiguration',
  },
  china: {
    login: 'https://login.partner.microsoftonline.cn',
    scope: 'https://api.botframework.azure.cn',
    tokenIssuer: 'https://api.botframework.azure.cn',
    openIdMetadata: 'https://login.botframework.azure.cn/v1/.well-known/openidconfiguration',
  },
};

export function endpointsOf({ cloud, endpoints }: TeamsSettings): TeamsEndpoints {
  const standard = CLOUDS[cloud];
  return {
    login: withoutSlash(endpoints?.login ?? standard.login),
    scope: withoutSlash(endpoints?.scope ?? standard.scope),
    tokenIssuer: endpoints?.tokenIssuer ?? standard.tokenIssuer,
    openIdMetadata: endpoints?.openIdMetadata ?? standard.openIdMetadata,
  };
}

/** The tenants whose members may act. */
export function tenantsOf({ tenants, tenantId }: TeamsSettings): ReadonlySet<string> {
  return new Set(tenants ?? [tenantId]);
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
