/**
 * Slack's Web API: one attempt for each call, an end to every wait, and errors that say what to do. Trying again
 * is the business of whoever calls: a job's of its queue, a click's of the person.
 */
import { webApi } from '@slack/bolt';
import { AppError, type ErrorCode, isAppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';

export type SlackWeb = webApi.WebClient;

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

/** @param options.apiUrl with a slash at the end */
export function createSlackClient(options: {
  readonly token: Secret<string>;
  readonly apiUrl: string;
  readonly timeoutMs?: number;
}): SlackClient {
  const web = new webApi.WebClient(options.token.reveal(), {
    slackApiUrl: options.apiUrl,
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    maxRequestConcurrency: CALLS_AT_ONCE,
    logger: SILENT,
  });
  const call: SlackClient['call'] = async (purpose, send) => {
    try {
      return await send(web);
    } catch (error) {
      throw slackErrorOf(purpose, error);
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
]);

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
