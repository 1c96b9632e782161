/**
 * The HTTP API as the commands use it. Answers are parsed with the schemas that the server answers
 * with; a problem becomes the `AppError` that the server threw.
 */
import { z } from 'zod';
import { AppError, type ErrorCode, messageOf } from '../core/errors.ts';
import { readEventStream, type StreamedEvent } from '../core/event-stream.ts';
import { PROBLEM } from '../web/schemas/problem.ts';

/** Gives the token to send, or null to send none; `renew` asks for another one than before. */
export type TokenSource = (options: { renew: boolean }) => Promise<string | null>;

export interface ApiClient {
  get<Schema extends z.ZodType>(path: string, schema: Schema, query?: Query): Promise<z.output<Schema>>;
  post<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<z.output<Schema>>;
  /** An answer of JSON lines, each as it comes. */
  postLines<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    body: unknown,
    options?: { readonly timeoutMs: number },
  ): AsyncGenerator<z.output<Schema>>;
  /** Server-sent events, each as it comes, until the server or the signal ends them. */
  stream(
    path: string,
    options: { readonly query?: Query; readonly signal: AbortSignal },
  ): AsyncGenerator<StreamedEvent>;
  /** An answer that is not JSON, as it comes. */
  download(path: string, query?: Query): Promise<ReadableStream<Uint8Array>>;
}

/** Undefined fields are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface Call {
  readonly method: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly headers?: Headers;
  /** For the whole of it, the answer included. */
  readonly timeoutMs?: number;
  /** In place of a time limit. */
  readonly signal?: AbortSignal;
}

const REQUEST_TIMEOUT_MS = 60_000;

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  429: 'rate_limited',
  503: 'unavailable',
};

/** @param options.url of the server; every call throws AppError, `unavailable` when it cannot be reached */
export function createApiClient(options: { url: string; token: TokenSource }): ApiClient {
  const { url, token } = options;

  async function send(path: string, init: Call) {
    const first = await attempt(path, init, await token({ renew: false }));
    if (first.status !== 401) return first;
    // A token can have ended earlier than its expiry said: one new one, one more try.
    const renewed = await token({ renew: true });
    return renewed === null ? first : attempt(path, init, renewed);
  }

  async function attempt(path: string, init: Call, bearer: string | null): Promise<Response> {
    const address = addressOf({ url, path, query: init.query ?? {} });
    const headers = new Headers(init.headers);
    headers.set('accept', 'application/json');
    if (bearer !== null) headers.set('authorization', `Bearer ${bearer}`);
    if (init.body !== undefined) headers.set('content-type', 'application/json');
    try {
      return await fetch(address, {
        method: init.method,
        headers,
        ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
        redirect: 'error',
        signal: init.signal ?? AbortSignal.timeout(init.timeoutMs ?? REQUEST_TIMEOUT_MS),
      });
    } catch (error) {
      throw new AppError(
        'unavailable',
        `Cannot reach Sallyport at ${url}: ${causeOf(error)}. Set SALLYPORT_URL.`,
        {
          cause: error,
        },
      );
    }
  }

  return {
    get: async (path, schema, query = {}) => parseAnswer(await send(path, { method: 'GET', query }), schema),
    post: async (path, schema, body, headers = {}) =>
      parseAnswer(await send(path, { method: 'POST', body, headers: new Headers(headers) }), schema),
    postLines: async function* (path, schema, body, { timeoutMs } = { timeoutMs: REQUEST_TIMEOUT_MS }) {
      const response = await send(path, { method: 'POST', body, timeoutMs });
      if (!response.ok || response.body === null) throw await problemFrom(response);
      for await (const line of linesOf(response.body)) yield parseLine(line, schema);
    },
    stream: async function* (path, { query = {}, signal }) {
      const response = await send(path, { method: 'GET', query, signal });
      if (!response.ok || response.body === null) throw await problemFrom(response);
      yield* readEventStream(response.body.pipeThrough(new TextDecoderStream()));
    },
    download: async (path, query = {}) => {
      const response = await send(path, { method: 'GET', query });
      if (!response.ok || response.body === null) throw await problemFrom(response);
      return response.body;
    },
  };
}

function addressOf(options: { url: string; path: string; query: Query }): URL {
  const address = URL.parse(`/api/v1${options.path}`, options.url);
  if (address === null) {
    throw new AppError('invalid_input', `SALLYPORT_URL is not a URL: ${options.url.slice(0, 200)}`);
  }
  for (const [name, value] of Object.entries(options.query)) {
    if (value !== undefined) address.searchParams.set(name, String(value));
  }
  return address;
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = '';
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const lines = `${text}${chunk}`.split('\n');
    text = lines.pop() ?? '';
    yield* lines;
  }
  if (text !== '') yield text;
}

function parseLine<Schema extends z.ZodType>(line: string, schema: Schema): z.output<Schema> {
  let value: unknown = null;
  try {
    value = JSON.parse(line);
  } catch {
    // A connection that was cut in the middle of a line; the schema says so below.
  }
  return parsed(schema.safeParse(value));
}

async function parseAnswer<Schema extends z.ZodType>(
  response: Response,
  schema: Schema,
): Promise<z.output<Schema>> {
  if (!response.ok) throw await problemFrom(response);
  return parsed(schema.safeParse(await response.json().catch(() => null)));
}

function parsed<Output>(result: z.ZodSafeParseResult<Output>): Output {
  if (result.success) return result.data;
  throw new AppError('internal', `The server's answer is not understood: ${z.prettifyError(result.error)}`);
}

async function problemFrom(response: Response): Promise<AppError> {
  const code = CODE_OF_STATUS[response.status] ?? 'internal';
  const problem = PROBLEM.safeParse(await response.json().catch(() => null));
  return new AppError(
    code,
    problem.success ? problem.data.detail : `The server answered ${response.status}.`,
  );
}

/** `fetch failed` says nothing; its cause says "connect ECONNREFUSED 127.0.0.1:7180". */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return messageOf(cause ?? error);
}
