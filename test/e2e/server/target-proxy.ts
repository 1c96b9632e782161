/** Stands between the broker and a target, so that a test decides whether the target can be reached. */
import { EventEmitter, once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../../support/free-port.ts';

/** `hold` accepts a connection and never answers on it; `refuse` leaves the port closed. */
export type TargetBehaviour = 'forward' | 'hold' | 'refuse';

export interface TargetProxy {
  readonly port: number;
  /** For connections from now on; those that were held are closed. */
  behave(how: TargetBehaviour): Promise<void>;
  /** Resolves when this many connections are being held. */
  waitUntilHolding(connections: number): Promise<void>;
  close(): Promise<void>;
}

const HOLDING_WITHIN_MS = 20_000;

export async function openTargetProxy(target: { host: string; port: number }): Promise<TargetProxy> {
  const port = await freePort();
  const sockets = new Set<Socket>();
  const held = new Set<Socket>();
  const changes = new EventEmitter();
  let behaviour: TargetBehaviour = 'refuse';
  let server: Server | null = null;

  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      held.delete(socket);
    });
  };
  const accept = (client: Socket): void => {
    keep(client);
    if (behaviour === 'hold') {
      held.add(client);
      client.resume();
      changes.emit('held');
      return;
    }
    const upstream = connect(target);
    keep(upstream);
    client.pipe(upstream).pipe(client);
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
  };
  const openPort = async (): Promise<void> => {
    server = createServer({ noDelay: true }, accept);
    server.listen({ host: '127.0.0.1', port });
    await once(server, 'listening');
  };
  const closePort = async (): Promise<void> => {
    const open = server;
    server = null;
    if (open === null) return;
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => open.close(resolve));
  };

  const behave = async (how: TargetBehaviour): Promise<void> => {
    behaviour = how;
    for (const socket of held) socket.destroy();
    if (how === 'refuse') await closePort();
    else if (server === null) await openPort();
  };
  await behave('forward');
  return {
    port,
    behave,
    waitUntilHolding: async (connections) => {
      const signal = AbortSignal.timeout(HOLDING_WITHIN_MS);
      while (held.size < connections) await once(changes, 'held', { signal });
    },
    close: () => behave('refuse'),
  };
}
