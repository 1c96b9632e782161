/**
 * The Bot Connector's REST interface, version 3: one attempt for each call, an end to every wait, and errors that say
 * what to do. Neither a text that was sent nor a token is ever in one.
 */
import { z } from 'zod';
import { AppError, type ErrorCode, messageOf } from '../../core/errors.ts';
import type { AppToken } from './app-token.ts';

export interface TeamsClient {
  /**
   * Sends once.
   * @param request.purpose what is being attempted, for the error's text: `post a card`
   * @param request.url of the service that the conversation is at, with or without a slash at the end
   * @param request.path each part as it is; it is escaped here
   * @returns what was answered; empty when that was nothing
   * @throws AppError `rate_limited` with `retryAfterSeconds`; `unavailable`, with `uncertain` when Teams may have done
   *   it all the same; `not_found` when the conversation, message or member is gone; `forbidden` when the app may not;
   *   `too_large`; `internal` when Teams does not take what we sent. Each has `status`, and `teamsError` where Teams
   *   said one.
   */
  call(request: TeamsRequest): Promise<Readonly<Record<string, unknown>>>;
}

export interface TeamsRequest {
  readonly purpose: string;
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly serviceUrl: string;
  readonly path: readonly string[];
  readonly body?: object;
}

const TIMEOUT_MS = 10_000;
/** Of a refusal that does not say how long. */
const RETRY_AFTER_SECONDS = 5;
const RETRY_AFTER_SECONDS_MAX = 3_600;

const ANSWER_BYTES_MAX = 1_048_576;

const ANSWER = z.record(z.string(), z.unknown());
const REFUSAL = z.looseObject({
  error: z.looseObject({ code: z.string().max(200) }),
});

export function createTeamsClient(options: {
  readonly token: AppToken;
  readonly timeoutMs?: number;
}): TeamsClient {
  const { token, timeoutMs = TIMEOUT_MS } = options;

  const attempt = async (request: TeamsRequest): Promise<{ response: Response; text: string }> => {
    const bearer = await token.get();
    try {
      const response = await fetch(urlOf(request), {
        method: request.method,
        headers: { authorization: `Bearer ${bearer.reveal()}`, 'content-type': 'application/json' },
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        // The token is for that address and no other.
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (response.status === 401) token.forget(bearer);
      return { response, text: await readText(response) };
    } catch (error) {
      const reason = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw new AppError(
        'unavailable',
        `Teams did not ${request.purpose}: it could not be reached (${messageOf(reason)}).`,
        { cause: error, context: { uncertain: true } },
      );
    }
  };

  return {
    call: async (request) => {
      let { response, text } = await attempt(request);
      // It may have been taken back before its time.
      if (response.status === 401) ({ response, text } = await attempt(request));
      if (!response.ok) throw refusalOf(request.purpose, response, text);
      return ANSWER.safeParse(parseJson(text)).data ?? {};
    },
  };
}

function urlOf({ serviceUrl, path }: TeamsRequest): string {
  const base = serviceUrl.replace(/\/+$/, '');
  return `${base}/v3/${path.map(encodeURIComponent).join('/')}`;
}

function refusalOf(purpose: string, response: Response, text: string): AppError {
  const { status } = response;
  const said = REFUSAL.safeParse(parseJson(text)).data?.error.code ?? null;
  const what = `Teams did not ${purpose}`;
  const context = { status, ...(said === null ? {} : { teamsError: said }) };
  if (status === 429) {
    const retryAfterSeconds = retryAfterOf(response);
    return new AppError('rate_limited', `${what}: too many calls; again in ${retryAfterSeconds} s.`, {
      context: { ...context, retryAfterSeconds },
    });
  }
  const code = CODES[status] ?? (status >= 500 ? 'unavailable' : 'internal');
  const advice = ADVICE[said ?? ''] ?? ADVICE[status] ?? '';
  return new AppError(code, `${what}: ${said ?? `HTTP status ${status}`}.${advice}`, {
    context: status >= 500 ? { ...context, uncertain: true } : context,
  });
}

/** Whatever is not here is a fault of Teams from 500 on, and one of ours below. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'unavailable',
  403: 'forbidden',
  404: 'not_found',
  408: 'unavailable',
  // Somebody else was writing there at that moment.
  412: 'unavailable',
  413: 'too_large',
};

const ADVICE: Readonly<Record<string, string>> = {
  401: ' It does not take our token: check chat.teams.appId and tenantId, and that the bot is a single-tenant one.',
  MessageWritesBlocked: ' The app was blocked or removed there; whoever did that has to add it again.',
  BotNotInConversationRoster: ' The app is not there; add it to the team, or install it for that person.',
};

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error('its answer is larger than 1 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function retryAfterOf(response: Response): number {
  const header = response.headers.get('retry-after') ?? '';
  const seconds = /^\d+(\.\d+)?$/.test(header) ? Number(header) : RETRY_AFTER_SECONDS;
  return Math.min(seconds, RETRY_AFTER_SECONDS_MAX);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
