/**
 * A relay that copies bytes and does nothing else, in this process: what sockets cost in Node before anything is
 * read, judged or recorded, and so how far a relay in Node can come.
 */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface BareRelay {
  readonly port: number;
  stop(): Promise<void>;
}

/** @param target a port of this machine */
export async function startBareRelay(target: { readonly port: number }): Promise<BareRelay> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ host: '127.0.0.1', port: target.port, noDelay: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    copy(client, upstream);
    copy(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the bare relay has no port');
  return {
    port: address.port,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A side that cannot keep up holds the other, as in the broker. */
function copy(from: Socket, to: Socket): void {
  from.on('data', (chunk) => {
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('close', () => to.destroy());
}
