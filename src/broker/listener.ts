/**
 * Accepts connections and counts them. Accepting waits for nothing a client does: each socket is served on
 * its own, and a fault of one never reaches another.
 */
import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { AppError, messageOf } from '../core/errors.ts';
import type { HostAndPort } from './address.ts';

/** One address may hold this share of all connections, so that it cannot shut out the others. */
const SHARE_PER_ADDRESS = 0.5;
const BACKLOG = 511;
const KEEP_ALIVE_MS = 60_000;

export interface Listener {
  readonly address: HostAndPort;
  /** Accepts no more; connections that are open stay so. */
  close(): Promise<void>;
  /** Destroys what is still open. */
  destroyAll(): void;
}

/**
 * @param options.serve must not throw; a socket it leaves open is closed when it returns
 * @throws AppError `unavailable` when the address cannot be listened on
 */
export async function listen(options: {
  readonly address: HostAndPort;
  /** What to change when the address is taken. */
  readonly setting: string;
  readonly connectionsMax: () => number;
  readonly logger: Logger;
  readonly serve: (socket: Socket) => Promise<void>;
}): Promise<Listener> {
  const sockets = new Set<Socket>();
  const perAddress = new Map<string, number>();
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    const ofAddress = perAddress.get(address) ?? 0;
    // A socket without a listener for its errors would end the process.
    socket.on('error', () => socket.destroy());
    const max = options.connectionsMax();
    if (sockets.size >= max || ofAddress >= Math.max(1, Math.floor(max * SHARE_PER_ADDRESS))) {
      options.logger.warn({ address, open: sockets.size }, 'refused a connection: too many are open');
      socket.destroy();
      return;
    }
    sockets.add(socket);
    perAddress.set(address, ofAddress + 1);
    socket.once('close', () => {
      sockets.delete(socket);
      const left = (perAddress.get(address) ?? 1) - 1;
      if (left > 0) perAddress.set(address, left);
      else perAddress.delete(address);
    });
    void serveOne(socket, options);
  });
  await startListening(server, options);
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : options.address.port;
  return {
    address: { host: options.address.host, port },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if (sockets.size === 0) resolve();
      }),
    destroyAll: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function serveOne(
  socket: Socket,
  options: { readonly logger: Logger; readonly serve: (socket: Socket) => Promise<void> },
): Promise<void> {
  try {
    await options.serve(socket);
  } catch (error) {
    options.logger.error({ problem: messageOf(error) }, 'serving a connection failed');
  } finally {
    if (!socket.destroyed) socket.destroySoon();
  }
}

function startListening(
  server: Server,
  { address, setting }: { readonly address: HostAndPort; readonly setting: string },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const place = `${address.host}:${address.port}`;
      const inUse = 'code' in error && error.code === 'EADDRINUSE';
      const advice = inUse
        ? `another program uses ${place}. Stop it, or set the broker's address in sallyport.yaml (${setting}).`
        : error.message;
      reject(
        new AppError('unavailable', `The broker cannot listen on ${place}: ${advice}`, { cause: error }),
      );
    });
    server.listen({ host: address.host, port: address.port, backlog: BACKLOG }, () => resolve());
  });
}
