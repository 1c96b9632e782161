/** A receiver over HTTP that a test makes fail: it keeps what it took, and answers as the kind that it stands for. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one call; null lets it be answered. */
export type Mishap =
  | null
  /** Answered so, and nothing taken. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Cut before an answer: nothing taken, or everything. */
  | { readonly cut: 'before' | 'after' }
  /** Taken, and answered too late. */
  | { readonly lateByMs: number };

export interface Call {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

export interface HttpReceiver {
  readonly url: string;
  readonly calls: readonly Call[];
  stop(): Promise<void>;
}

/**
 * @param options.answer takes a call's content
 * @param options.mishap asked before each call
 */
export async function startHttpReceiver(options: {
  readonly answer: (call: Call) => Reply;
  readonly mishap?: (call: Call) => Mishap;
  readonly port?: number;
}): Promise<HttpReceiver> {
  const { answer, mishap = () => null, port = 0 } = options;
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    void respond(request, response).catch(() => response.destroy());
  });
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    const call = { path: request.url ?? '', headers: request.headers, body };
    calls.push(call);
    const wrong = mishap(call);
    if (wrong !== null && 'status' in wrong) {
      response.writeHead(wrong.status, wrong.headers).end(wrong.body ?? '');
      return;
    }
    if (wrong !== null && 'cut' in wrong && wrong.cut === 'before') {
      request.socket.destroy();
      return;
    }
    const reply = answer(call);
    if (wrong !== null && 'cut' in wrong) {
      request.socket.destroy();
      return;
    }
    const send = (): void => {
      response
        .writeHead(reply.status, { 'content-type': 'application/json' })
        .end(JSON.stringify(reply.body));
    };
    if (wrong === null) send();
    else setTimeout(send, wrong.lateByMs).unref();
  };
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
