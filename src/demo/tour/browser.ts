/**
 * What a browser does for one person, without the screen: cookies, redirects, forms, and requests as the
 * pages send them. The tour stays outside: it knows only what comes over HTTP.
 */
import { AppError } from '../../core/errors.ts';

export interface Answer {
  /** After all redirects. */
  readonly url: URL;
  readonly status: number;
  readonly text: string;
}

interface Cookie {
  readonly value: string;
  readonly path: string;
}

const REDIRECTS_MAX = 15;
const TIMEOUT_MS = 20_000;
const TEXT_IN_ERROR_MAX = 300;

export class Browser {
  /** One jar for all ports: a cookie does not know them. By name and path. */
  readonly #cookies = new Map<string, Cookie & { name: string }>();

  /** Opens a page and follows where it leads. */
  async visit(url: URL | string): Promise<Answer> {
    return this.#follow(new URL(url), { method: 'GET' });
  }

  /** Submits a form of a page of the same origin and follows where it leads. */
  async submit(url: URL | string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    const { origin } = new URL(url);
    const body = new URLSearchParams(fields);
    return this.#follow(new URL(url), { method: 'POST', headers: { origin }, body });
  }

  /** Asks as a script of the page does: its own origin, the header that other origins cannot send. */
  async ask(
    url: URL | string,
    request: { json?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const target = new URL(url);
    const method = request.json === undefined ? 'GET' : 'POST';
    const headers: Record<string, string> = { accept: 'application/json', ...request.headers };
    if (method === 'POST') Object.assign(headers, { origin: target.origin, 'x-sallyport-csrf': '1' });
    if (request.json !== undefined) headers['content-type'] = 'application/json';
    const body = request.json === undefined ? {} : { body: JSON.stringify(request.json) };
    const response = await this.#send(target, { method, headers, ...body });
    return { url: target, status: response.status, text: await response.text() };
  }

  /** As `ask`, for the bytes of a file. @throws AppError `upstream_failed` unless it is answered with 200 */
  async download(url: URL | string): Promise<Buffer> {
    const response = await this.#send(new URL(url), { method: 'GET' });
    if (response.status !== 200)
      throw unexpected({ url: new URL(url), status: response.status, text: await response.text() });
    return Buffer.from(await response.arrayBuffer());
  }

  async #follow(from: URL, request: RequestInit): Promise<Answer> {
    let url = from;
    let response = await this.#send(url, request);
    for (let redirects = 0; response.status >= 300 && response.status < 400; redirects += 1) {
      if (redirects === REDIRECTS_MAX)
        throw new AppError('upstream_failed', `${from} redirects without end.`);
      url = new URL(response.headers.get('location') ?? '', url);
      response = await this.#send(url, { method: 'GET' });
    }
    return { url, status: response.status, text: await response.text() };
  }

  async #send(url: URL, request: RequestInit): Promise<Response> {
    const headers = new Headers(request.headers);
    const cookies = [...this.#cookies.values()].filter((cookie) => url.pathname.startsWith(cookie.path));
    if (cookies.length > 0)
      headers.set('cookie', cookies.map(({ name, value }) => `${name}=${value}`).join('; '));
    const response = await fetch(url, {
      ...request,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const separator = pair.indexOf('=');
    const name = pair.slice(0, separator);
    const value = pair.slice(separator + 1);
    const attribute = (wanted: string): string | undefined =>
      attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const path = attribute('path') ?? '/';
    const expires = attribute('expires');
    const gone = attribute('max-age') === '0' || (expires !== undefined && Date.parse(expires) <= Date.now());
    if (gone || value === '') this.#cookies.delete(`${name} ${path}`);
    else this.#cookies.set(`${name} ${path}`, { name, value, path });
  }
}

/** An answer that nobody expected, with enough of it to see why. */
export function unexpected(answer: Answer): AppError {
  return new AppError(
    'upstream_failed',
    `${answer.url.pathname} answered ${answer.status}: ${answer.text.slice(0, TEXT_IN_ERROR_MAX)}`,
  );
}
