/**
 * Slack's Web API: one attempt for each call, an end to every wait, and errors that say what to do. Trying again
 * is the business of whoever calls: a job's of its queue, a click's of the person.
 */
import { webApi } from '@slack/bolt';
import { AppError, type ErrorCode, isAppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';

export type SlackWeb = webApi.WebClient;

export interface SlackToken {
  /** @throws AppError `unavailable` when there is none that works */
  current(): Promise<Secret<string>>;
  /**
   * Slack has refused it.
   * @returns true when there is another one by now
   */
  refused(token: Secret<string>): Promise<boolean>;
}

/** One that lasts until somebody revokes it. */
export function lastingToken(token: Secret<string>): SlackToken {
  return { current: async () => token, refused: async () => false };
}

export interface SlackClient {
  /**
   * Sends once.
   * @param purpose what is being attempted, for the error's text: `post a card`
   * @throws AppError `rate_limited` with `retryAfterSeconds`; `unavailable`, with `uncertain` when Slack may have
   *   done it all the same; `not_found` when the channel, message or person is gone; `forbidden` when the app may
   *   not; `conflict`; `internal` when Slack does not take what we sent. Each has `slackError` where Slack said one.
   */
  call<T>(purpose: string, send: (web: SlackWeb) => Promise<T>): Promise<T>;

  /** As `call`, for what changes nothing: tried again when Slack did not answer. */
  read<T>(purpose: string, send: (web: SlackWeb) => Promise<T>): Promise<T>;
}

/** Slack wants an interaction to be answered within 3 seconds; what takes longer is done by a job. */
const TIMEOUT_MS = 10_000;
const READ_ATTEMPTS_MAX = 3;
const FIRST_PAUSE_MS = 200;
/** Of a refusal that does not say: the window of Slack's limits is a minute. */
const RETRY_AFTER_SECONDS = 30;
const CALLS_AT_ONCE = 20;

interface ClientOptions {
  /** Null for the few calls that take none. */
  readonly token: SlackToken | null;
  /** With a slash at the end. */
  readonly apiUrl: string;
  readonly timeoutMs?: number;
}

export function createSlackClient(options: ClientOptions): SlackClient {
  const { token } = options;
  const webWith = rememberingLast((bearer: string | null) => createWeb(options, bearer));
  const attempt = async <T>(
    purpose: string,
    bearer: string | null,
    send: (web: SlackWeb) => Promise<T>,
  ): Promise<T> => {
    try {
      return await send(webWith(bearer));
    } catch (error) {
      throw slackErrorOf(purpose, error);
    }
  };
  const call: SlackClient['call'] = async (purpose, send) => {
    if (token === null) return attempt(purpose, null, send);
    const bearer = await token.current();
    try {
      return await attempt(purpose, bearer.reveal(), send);
    } catch (error) {
      if (!isTokenRefused(error) || !(await token.refused(bearer))) throw error;
      return attempt(purpose, (await token.current()).reveal(), send);
    }
  };
  return {
    call,
    read: async (purpose, send) => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await call(purpose, send);
        } catch (error) {
          if (attempt === READ_ATTEMPTS_MAX || !isAppError(error, 'unavailable')) throw error;
          await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** attempt));
        }
      }
    },
  };
}

function createWeb({ apiUrl, timeoutMs = TIMEOUT_MS }: ClientOptions, bearer: string | null): SlackWeb {
  return new webApi.WebClient(bearer ?? undefined, {
    slackApiUrl: apiUrl,
    timeout: timeoutMs,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    maxRequestConcurrency: CALLS_AT_ONCE,
    logger: SILENT,
  });
}

/** Tokens change twice a day. */
function rememberingLast<K, V>(make: (key: K) => V): (key: K) => V {
  let last: { readonly key: K; readonly value: V } | null = null;
  return (key) => {
    if (last === null || last.key !== key) last = { key, value: make(key) };
    return last.value;
  };
}

/** What happened is in the error that is thrown; the library's own log would have the texts of messages in it. */
const SILENT = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => webApi.LogLevel.ERROR,
  setName: () => undefined,
};

/** Whatever a call threw, as an error of ours. */
function slackErrorOf(purpose: string, error: unknown): AppError {
  if (isAppError(error)) return error;
  const what = `Slack did not ${purpose}`;
  if (error instanceof webApi.WebAPIPlatformError) return platformError(what, error);
  if (error instanceof webApi.WebAPIRateLimitedError) return rateLimited(what, error, error.retryAfter);
  if (error instanceof webApi.WebAPIHTTPError) {
    const uncertain = error.statusCode >= 500;
    return new AppError('unavailable', `${what}: it answered with HTTP status ${error.statusCode}.`, {
      cause: error,
      context: { uncertain },
    });
  }
  const reason = error instanceof webApi.WebAPIRequestError ? error.original : error;
  return new AppError('unavailable', `${what}: it could not be reached (${messageOf(reason)}).`, {
    cause: error,
    context: { uncertain: true },
  });
}

function rateLimited(what: string, cause: unknown, seconds = RETRY_AFTER_SECONDS): AppError {
  return new AppError('rate_limited', `${what}: too many calls; again in ${seconds} s.`, {
    cause,
    context: { retryAfterSeconds: seconds },
  });
}

function platformError(what: string, error: webApi.WebAPIPlatformError): AppError {
  const { error: said, response_metadata: metadata } = error.data;
  if (RATE_LIMITED.has(said)) return rateLimited(what, error, metadata?.retryAfter);
  const code = codeOf(said);
  const details = metadata?.messages?.join('; ') ?? '';
  const advice = ADVICE[said] ?? (details === '' ? '' : ` ${details}`);
  return new AppError(code, `${what}: ${said}.${advice}`, {
    cause: error,
    context: { slackError: said, ...(FAULTS.has(said) ? { uncertain: true } : {}) },
  });
}

const RATE_LIMITED: ReadonlySet<string> = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded']);

/** Of Slack itself: it may have got as far as doing it. */
const FAULTS: ReadonlySet<string> = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
]);

/** The token does not work: nothing does until the operator has done something, and then everything. */
const TOKEN: ReadonlySet<string> = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'org_login_required',
  'team_added_to_org',
  'invalid_refresh_token',
  'bad_client_secret',
  'invalid_client_id',
]);

/** Refused because of the token before anything was done: the same call may work with the next one. */
function isTokenRefused(error: unknown): boolean {
  return isAppError(error) && REFUSED_TOKENS.has(String(error.context['slackError']));
}

const REFUSED_TOKENS: ReadonlySet<string> = new Set(['token_expired', 'token_revoked', 'invalid_auth']);

const GONE: ReadonlySet<string> = new Set([
  'channel_not_found',
  'is_archived',
  'message_not_found',
  'thread_not_found',
  'user_not_found',
  'users_not_found',
  'user_disabled',
  'file_not_found',
  'not_found',
  'cant_update_message',
  'edit_window_closed',
]);

const REFUSED: ReadonlySet<string> = new Set([
  'missing_scope',
  'not_in_channel',
  'not_allowed_token_type',
  'no_permission',
  'access_denied',
  'ekm_access_denied',
  'team_access_not_granted',
  'cannot_dm_bot',
  'user_is_restricted',
]);

const TAKEN: ReadonlySet<string> = new Set(['name_taken', 'already_archived', 'already_in_channel']);

const ADVICE: Readonly<Record<string, string>> = {
  invalid_refresh_token:
    ' A refresh token works once: reinstall the app, and set the new one (chat.slack.rotation.refreshToken).',
  not_in_channel: ' Invite the app to the channel: /invite @sallyport.',
  missing_scope:
    ' Reinstall the app from the current manifest; `sallyport slack check` names the missing scopes.',
};

function codeOf(said: string): ErrorCode {
  if (FAULTS.has(said) || TOKEN.has(said)) return 'unavailable';
  if (GONE.has(said)) return 'not_found';
  if (REFUSED.has(said) || said.startsWith('restricted_action')) return 'forbidden';
  return TAKEN.has(said) ? 'conflict' : 'internal';
}
