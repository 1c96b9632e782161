/** Stands in front of a server and does to its requests what networks and services do. */
import { once } from 'node:events';
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Fault =
  /** Nothing happens to a request. */
  | 'none'
  /** The connection is cut at once. */
  | 'refuse'
  /** An answer comes, after a while. */
  | 'slow'
  /** None comes, and the connection stays. */
  | 'hang'
  /** 500, and the server never hears of it. */
  | 'error'
  /** 403, as of credentials that were taken away. */
  | 'forbid'
  /** The server does it, and the answer is lost. */
  | 'lose-answer'
  /** A byte of what is stored is another one. */
  | 'corrupt';

export interface FaultyProxy {
  readonly url: string;
  fault: Fault;
  /** Uploads that the service is to have given up; the server behind fails at them in a way of its own. */
  readonly gone: Set<string>;
  /** Requests that were met by a fault. */
  readonly faults: number;
  /** Methods and paths of all that came, oldest first. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
}

const ACCESS_DENIED =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
const NO_SUCH_UPLOAD =
  '<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchUpload</Code><Message>gone</Message></Error>';

export async function startFaultyProxy(target: { port: number; slowMs?: number }): Promise<FaultyProxy> {
  const requests: string[] = [];
  const gone = new Set<string>();
  let fault: Fault = 'none';
  let faults = 0;
  const server = createServer((incoming, answer) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    if (fault !== 'none') faults += 1;
    const uploadId = new URL(incoming.url ?? '', 'http://proxy').searchParams.get('uploadId');
    if (uploadId !== null && gone.has(uploadId)) {
      incoming.resume();
      answer.writeHead(404, { 'content-type': 'application/xml' }).end(NO_SUCH_UPLOAD);
      return;
    }
    void serve(target, { fault, incoming, answer });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    get fault() {
      return fault;
    },
    set fault(next) {
      fault = next;
    },
    get faults() {
      return faults;
    },
    requests,
    gone,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function serve(
  { port, slowMs = 100 }: { port: number; slowMs?: number },
  { fault, incoming, answer }: { fault: Fault; incoming: IncomingMessage; answer: ServerResponse },
): Promise<void> {
  if (fault === 'refuse') return void incoming.socket.destroy();
  if (fault === 'hang') return;
  const body = await bodyOf(incoming).catch(() => null);
  if (body === null) return;
  if (fault === 'error') return void answer.writeHead(500).end('<Error><Code>InternalError</Code></Error>');
  if (fault === 'forbid')
    return void answer.writeHead(403, { 'content-type': 'application/xml' }).end(ACCESS_DENIED);
  if (fault === 'slow') await new Promise((resolve) => setTimeout(resolve, slowMs));
  const isStored = incoming.method === 'PUT' && body.length > 0;
  if (fault === 'corrupt' && isStored) body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1;
  const options = {
    host: '127.0.0.1',
    port,
    path: incoming.url,
    method: incoming.method,
    headers: incoming.headers,
  };
  const outgoing = forward(options, (response) => {
    if (fault === 'lose-answer') {
      response.resume();
      response.on('end', () => incoming.socket.destroy());
      return;
    }
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  outgoing.on('error', () => incoming.socket.destroy());
  outgoing.end(body);
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}
