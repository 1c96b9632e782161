/**
 * Calls of one receiver over HTTP. Each has a time limit, and its answer a size limit; a redirect is not followed:
 * what is sent, and the secret it is sent with, goes to nobody but the configured address.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { formatDuration } from '../../core/duration.ts';
import { messageOf, quoted } from '../../core/errors.ts';
import type { TlsFiles } from './settings.ts';
import { ContentRefused, SinkFault } from './sink.ts';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** From `Retry-After`; 0 without. */
  readonly retryAfterMs: number;
}

export interface HttpCaller {
  /** @throws SinkFault when there is no answer in time, or one that is too large */
  post(call: {
    readonly url: URL;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  }): Promise<HttpAnswer>;
  close(): void;
}

const ANSWER_BYTES_MAX = 4 * 1_048_576;
const RETRY_AFTER_MS_MAX = 600_000;

export function createHttpCaller(options: {
  readonly timeoutMs: number;
  readonly tls: TlsFiles;
}): HttpCaller {
  const { timeoutMs, tls } = options;
  const keep = { keepAlive: true, maxSockets: 1, timeout: timeoutMs };
  const plain = new HttpAgent(keep);
  const encrypted = new HttpsAgent({ ...keep, ...tlsOptions(tls) });
  return {
    post: ({ url, headers, body }) =>
      new Promise((resolve, reject) => {
        const isEncrypted = url.protocol === 'https:';
        const signal = AbortSignal.timeout(timeoutMs);
        const fail = (error: unknown): void => {
          const reason = signal.aborted
            ? `${url.host} did not answer within ${formatDuration(timeoutMs)}`
            : `${url.host} cannot be reached (${messageOf(error) || 'no reason given'})`;
          reject(error instanceof SinkFault ? error : new SinkFault(reason, { cause: error }));
        };
        const call = (isEncrypted ? httpsRequest : httpRequest)(
          url,
          {
            method: 'POST',
            agent: isEncrypted ? encrypted : plain,
            signal,
            headers: { 'user-agent': 'Sallyport', ...headers, 'content-length': Buffer.byteLength(body) },
          },
          (response) => {
            readAnswer(response).then(resolve, fail);
          },
        );
        call.once('error', fail);
        call.end(body);
      }),
    close: () => {
      plain.destroy();
      encrypted.destroy();
    },
  };
}

export function tlsOptions({ ca, certificate, key }: TlsFiles) {
  return {
    minVersion: 'TLSv1.2' as const,
    rejectUnauthorized: true,
    ...(ca === null ? {} : { ca }),
    ...(certificate === null ? {} : { cert: certificate }),
    ...(key === null ? {} : { key: key.reveal() }),
  };
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) {
      response.destroy();
      throw new SinkFault('its answer is larger than 4 MiB');
    }
    chunks.push(chunk);
  }
  return {
    status: response.statusCode ?? 0,
    body: Buffer.concat(chunks).toString('utf8'),
    retryAfterMs: retryAfterOf(response.headers['retry-after']),
  };
}

/** Seconds, or a date (RFC 9110 section 10.2.3). */
function retryAfterOf(header: string | undefined): number {
  if (header === undefined) return 0;
  const seconds = /^\d{1,9}$/.test(header.trim())
    ? Number(header)
    : (Date.parse(header) - Date.now()) / 1_000;
  return Number.isFinite(seconds) ? Math.min(Math.max(0, seconds * 1_000), RETRY_AFTER_MS_MAX) : 0;
}

/** What the content of a message is refused with; whatever else is refused may be our settings, or theirs. */
const CONTENT_STATUSES = [400, 413, 415, 422];

/**
 * Does nothing for a status from 200 to 299.
 * @param reason what the receiver says; quoted in part
 * @throws ContentRefused, SinkFault
 */
export function requireSuccess(answer: HttpAnswer, reason: string): void {
  const { status, retryAfterMs } = answer;
  if (status >= 200 && status < 300) return;
  const said = quoted(reason);
  const text = `it answered ${status}${said === '' ? '' : `: ${said}`}`;
  if (CONTENT_STATUSES.includes(status)) throw new ContentRefused(text);
  if (status >= 300 && status < 400) throw new SinkFault(`it redirects (${status}), which is not followed`);
  throw new SinkFault(text, { retryAfterMs });
}

/** @returns null for what is no JSON object */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
