/**
 * The door to Teams: botbuilder's CloudAdapter checks whose call it is. In this order, and nothing is done before all of
 * it is said:
 *
 * 1. The call has a token of the one issuer that Teams' calls have. botbuilder would also take tokens of its emulator
 *    and of other bots, for which it checks less.
 * 2. The activity is one of Teams, and says where its answers go; our own token is sent there.
 * 3. The token is genuine: signed by a published key, for this bot, in time, and for that very address.
 *
 * Whatever is wrong, the caller hears a status and nothing else, and the log has the reason but no token.
 */
import {
  type Activity,
  CloudAdapter,
  ConfigurationBotFrameworkAuthentication,
  type TurnContext,
} from 'botbuilder';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import { isAppError, messageOf } from '../../core/errors.ts';
import type { BotLogger } from '../bot-context.ts';
import { endpointsOf, type TeamsSettings } from './endpoints.ts';

/** What a caller gets. */
export interface HttpAnswer {
  readonly status: number;
  readonly body?: object;
}

export interface TeamsAdapter {
  /**
   * Checks a call and hands its activity on. Never throws.
   * @param call.authorization the header, as it came
   * @param take may throw AppErrors: `forbidden`, `invalid_input` and `unavailable` become statuses
   */
  admit(
    call: { readonly authorization: string | undefined; readonly body: unknown },
    take: (activity: unknown) => Promise<HttpAnswer>,
  ): Promise<HttpAnswer>;
}

/** The keys come from Microsoft, and botbuilder waits for them for as long as it takes. */
const CHECK_TIMEOUT_MS = 10_000;

const ENVELOPE = z.object({
  type: z.string().min(1).max(100),
  channelId: z.literal('msteams'),
  serviceUrl: z.url().max(2_000),
});

/** What botbuilder's functions are declared with; what matters of it is read by `readActivity`. */
const LIBRARY_ACTIVITY = z.custom<Activity>((value) => ENVELOPE.safeParse(value).success);

const TOKEN = /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/;

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

export function createTeamsAdapter(settings: TeamsSettings, logger: BotLogger): TeamsAdapter {
  const { tokenIssuer, openIdMetadata, scope, login } = endpointsOf(settings);
  const authentication = new ConfigurationBotFrameworkAuthentication(
    {
      ToBotFromChannelTokenIssuer: tokenIssuer,
      ToBotFromChannelOpenIdMetadataUrl: openIdMetadata,
      ToChannelFromBotOAuthScope: scope,
      ToChannelFromBotLoginUrl: `${login}/${settings.tenantId}`,
    },
    credentialsOf(settings.appId),
  );
  const adapter = new CloudAdapter(authentication);

  const check: TeamsAdapter['admit'] = async ({ authorization = '', body }, take) => {
    const token = TOKEN.exec(authorization)?.[1];
    if (token === undefined) throw new Refusal(401, 'it has no token');
    if (!isIssuedBy(token, tokenIssuer)) throw new Refusal(401, 'its token is of no issuer of Teams');
    const activity = LIBRARY_ACTIVITY.safeParse(body);
    if (!activity.success) throw new Refusal(400, 'it is no activity of Teams');
    if (!isPlausible(activity.data.serviceUrl, settings)) {
      throw new Refusal(403, 'its service URL is not one of Teams');
    }
    const checked = await within(
      CHECK_TIMEOUT_MS,
      authentication.authenticateRequest(activity.data, authorization),
    ).catch((error: unknown) => {
      throw refusalOf(error);
    });
    let answer: HttpAnswer = { status: 500 };
    await adapter.processActivityDirect(checked, activity.data, async (_turn: TurnContext) => {
      answer = await take(body).catch((error: unknown) => answerToFault(error, logger));
    });
    return answer;
  };

  return {
    admit: (call, take) =>
      check(call, take).catch((error: unknown) => {
        if (!(error instanceof Refusal)) return answerToFault(error, logger);
        logger.warn(
          { reason: error.message, status: error.status },
          'a call that claims to be from Teams was refused',
        );
        return { status: error.status };
      }),
  };
}

/** botbuilder lets anybody in where it thinks that it has no id; and it sends nothing for us, so it gets no password. */
function credentialsOf(appId: string): {
  readonly isAuthenticationDisabled: () => Promise<boolean>;
  readonly isValidAppId: (id?: string) => Promise<boolean>;
  readonly createCredentials: () => Promise<{ signRequest: () => Promise<never> }>;
} {
  return {
    isAuthenticationDisabled: async () => false,
    isValidAppId: async (id) => id === appId,
    createCredentials: async () => ({
      signRequest: async () => {
        throw new Error('what is sent to Teams goes through the connector of our own');
      },
    }),
  };
}

/** Read, not yet checked: a token of another issuer is not even looked up. */
function isIssuedBy(token: string, issuer: string): boolean {
  try {
    return typeof decodeProtectedHeader(token).kid === 'string' && decodeJwt(token).iss === issuer;
  } catch {
    return false;
  }
}

/** Teams' own are all https; another scheme is for a connector on this machine, in tests. */
function isPlausible(serviceUrl: string, { endpoints }: TeamsSettings): boolean {
  const { protocol, hostname } = new URL(serviceUrl);
  if (protocol === 'https:') return true;
  return (
    protocol === 'http:' && endpoints !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  );
}

/** Of what botbuilder throws: a bad token is the caller's matter; keys that cannot be had are not. */
function refusalOf(error: unknown): Refusal {
  const named = z
    .looseObject({ name: z.string().optional(), statusCode: z.number().optional() })
    .safeParse(error);
  const { name = '', statusCode } = named.data ?? {};
  if (statusCode === 401 || TOKEN_ERRORS.has(name)) return new Refusal(401, messageOf(error));
  return new Refusal(503, `its token cannot be checked: ${messageOf(error)}`);
}

/** Of the library that verifies signatures. */
const TOKEN_ERRORS: ReadonlySet<string> = new Set([
  'JsonWebTokenError',
  'NotBeforeError',
  'TokenExpiredError',
]);

function answerToFault(error: unknown, logger: BotLogger): HttpAnswer {
  if (isAppError(error, 'forbidden')) {
    logger.warn({ reason: error.message }, 'an activity of Teams was refused');
    return { status: 403 };
  }
  if (isAppError(error, 'invalid_input')) {
    logger.warn({ reason: error.message }, 'an activity of Teams cannot be read');
    return { status: 400 };
  }
  if (isAppError(error, 'unavailable')) return { status: 503 };
  logger.error({ err: error }, 'an activity of Teams could not be taken');
  return { status: 500 };
}

async function within<T>(durationMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${durationMs} ms`)), durationMs);
  });
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
