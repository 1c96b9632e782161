/**
 * One question to another service over HTTP. It has a time limit and a size limit, and what it is asked with goes to
 * nobody but the configured address: a redirect to another one is refused.
 */
import { formatDuration } from '../core/duration.ts';
import { AppError, messageOf } from '../core/errors.ts';

export interface JsonQuestion {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface JsonAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Null where there is none, or it is no JSON. */
  readonly body: unknown;
}

const BODY_BYTES_MAX = 1_048_576;
const REDIRECTS_MAX = 3;

/**
 * An answer of whatever status.
 * @throws AppError `unavailable` when there is none in time, or one that is too large; half a sentence that names
 *   neither the headers nor the path
 */
export async function getJson(question: JsonQuestion): Promise<JsonAnswer> {
  const headers = headersOf(question);
  const signal = AbortSignal.timeout(question.timeoutMs);
  try {
    const response = await follow({ ...question, headers }, signal);
    return { status: response.status, headers: response.headers, body: parsed(await readBody(response)) };
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('unavailable', problemOf(error, question, signal), { cause: error });
  }
}

/** What the runtime says of a header that it does not send quotes it, and a token with it. */
function headersOf({ headers }: JsonQuestion): Headers {
  try {
    return new Headers({ accept: 'application/json', ...headers });
  } catch {
    throw new AppError('unavailable', 'its token has characters that cannot be sent, such as a line break');
  }
}

async function follow(
  { url, headers }: { readonly url: URL; readonly headers: Headers },
  signal: AbortSignal,
): Promise<Response> {
  let at = url;
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const response = await fetch(at, { headers, redirect: 'manual', signal });
    const location =
      response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
    if (location === null) return response;
    await response.body?.cancel();
    const next = URL.parse(location, at.href);
    if (next?.origin !== url.origin) {
      throw new AppError(
        'unavailable',
        `it redirects to ${next?.origin ?? 'nowhere'}, which is not configured`,
      );
    }
    at = next;
  }
  throw new AppError('unavailable', 'it redirects without end');
}

async function readBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new AppError('unavailable', 'its answer is larger than 1 MiB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // What is missing in it is said by whoever looks for it.
  }
}

function problemOf(error: unknown, { timeoutMs, url }: JsonQuestion, signal: AbortSignal): string {
  if (signal.aborted) return `it did not answer within ${formatDuration(timeoutMs)}`;
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return `${url.host} cannot be reached (${messageOf(cause) || 'no reason given'})`;
}
