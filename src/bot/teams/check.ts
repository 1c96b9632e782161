/** `sallyport teams check`: what keeps Sallyport from working in a tenant, and what to do about it. */
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { bad, type Finding, good, problemOfOwnRoute } from '../findings.ts';
import { createAppToken } from './app-token.ts';
import { endpointsOf, type TeamsEndpoints, type TeamsSettings, tenantsOf } from './endpoints.ts';
import { MESSAGES_PATH } from './messages-route.ts';

export interface TeamsCheckSettings {
  readonly teams: TeamsSettings;
  /** Null where it is not set; `why` says what is missing then. */
  readonly appPassword: { readonly value: Secret<string> } | { readonly value: null; readonly why: string };
  /** Where Teams is to reach us. */
  readonly publicUrl: string;
  /** Where cards go, by name or id. */
  readonly channels: readonly string[];
}

const TIMEOUT_MS = 10_000;
const METADATA = z.looseObject({ issuer: z.string(), jwks_uri: z.url() });
const KEYS = z.looseObject({ keys: z.array(z.unknown()).min(1) });

/** @returns every finding, the good ones too; never throws for what is wrong at Microsoft */
export async function checkTeams(clock: Clock, settings: TeamsCheckSettings): Promise<readonly Finding[]> {
  return [
    await checkPassword(clock, settings),
    await checkKeys(endpointsOf(settings.teams)),
    ...checkTenants(settings.teams),
    await checkEndpoint(new URL(MESSAGES_PATH, settings.publicUrl).href),
    {
      what: 'channels',
      ok: true,
      detail: `cards go to ${[...new Set(settings.channels)].join(' and ')}; a bot cannot look for channels, so add the app to their team and it is told`,
    },
  ];
}

async function checkPassword(clock: Clock, settings: TeamsCheckSettings): Promise<Finding> {
  const { appPassword, teams } = settings;
  const { appId, tenantId } = teams;
  const endpoints = endpointsOf(teams);
  const what = 'app password';
  if (appPassword.value === null) return bad(what, appPassword.why);
  try {
    await createAppToken(clock, { endpoints, appId, tenantId, appPassword: appPassword.value }).get();
    return good(what, `Microsoft Entra gives a token for ${appId} in ${tenantId}`);
  } catch (error) {
    const advice =
      'Look at Certificates & secrets of the app registration: a client secret has a value, which is the password, and an id, which is not.';
    return bad(what, `${messageOf(error)} ${advice}`);
  }
}

/** Without the keys nobody who calls can be believed. */
async function checkKeys({ openIdMetadata, tokenIssuer }: TeamsEndpoints): Promise<Finding> {
  const what = 'signing keys';
  try {
    const metadata = METADATA.parse(await getJson(openIdMetadata));
    const { keys } = KEYS.parse(await getJson(metadata.jwks_uri));
    if (metadata.issuer !== tokenIssuer) {
      return bad(what, `They are of ${metadata.issuer}, and not of ${tokenIssuer}: check chat.teams.cloud.`);
    }
    return good(what, `${keys.length} of ${tokenIssuer}`);
  } catch (error) {
    const why = error instanceof z.ZodError ? 'what it answers is no list of keys' : messageOf(error);
    return bad(
      what,
      `${openIdMetadata} cannot be read from here (${why}); Sallyport has to reach it, or it believes nobody.`,
    );
  }
}

async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  return response.json();
}

function checkTenants(settings: TeamsSettings): Finding[] {
  const tenants = tenantsOf(settings);
  const { tenantId } = settings;
  if (tenants.has(tenantId)) return [good('tenants', [...tenants].join(', '))];
  return [
    bad(
      'tenants',
      `chat.teams.tenants does not name the tenant of the bot, ${tenantId}: nobody of it may act.`,
    ),
  ];
}

/** Whoever calls without a token is refused: that is how our own server is recognised. */
async function checkEndpoint(url: string): Promise<Finding> {
  const what = 'messaging endpoint';
  const problem = await problemOfOwnRoute(url, 'whoever has no token');
  if (problem !== null) return bad(what, problem);
  return url.startsWith('https:')
    ? good(what, `${url} is Sallyport; enter it at the bot in Azure`)
    : bad(what, `${url} is Sallyport, but Teams calls https only: set server.publicUrl.`);
}
