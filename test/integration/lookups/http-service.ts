/** A service over HTTP that answers as a test tells it to, and remembers what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';

export interface HttpService {
  /** Without a slash at the end. */
  readonly url: string;
  readonly asked: readonly { readonly url: URL; readonly headers: IncomingMessage['headers'] }[];
  /** From now on; left alone, every question waits for ever. */
  answer(how: (url: URL, response: ServerResponse) => void): void;
  /** The connections are cut and new ones refused, until the next test. */
  stop(): Promise<void>;
}

/** Runs while the tests of a file run. Each test begins with a service that was asked nothing. */
export function useHttpService(): { readonly current: HttpService } {
  const asked: { url: URL; headers: IncomingMessage['headers'] }[] = [];
  let handle: (url: URL, response: ServerResponse) => void = () => undefined;
  let port = 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://127.0.0.1:${port}`);
    asked.push({ url, headers: request.headers });
    handle(url, response);
  });
  const listen = (): Promise<void> =>
    new Promise((resolve) => {
      server.listen(port, '127.0.0.1', () => {
        port = (server.address() as AddressInfo).port;
        resolve();
      });
    });
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  beforeAll(listen);
  beforeEach(async () => {
    if (!server.listening) await listen();
    asked.length = 0;
    handle = () => undefined;
  });
  afterAll(stop);
  return {
    get current() {
      return {
        url: `http://127.0.0.1:${port}`,
        asked,
        answer: (how: typeof handle) => {
          handle = how;
        },
        stop,
      };
    },
  };
}

export function sendJson(
  response: ServerResponse,
  body: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
