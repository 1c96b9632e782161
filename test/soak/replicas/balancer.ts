/** A TCP load balancer: each connection goes to the next process that takes it. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface Balancer {
  close(): Promise<void>;
}

/** @param options.ports of the processes behind it; a port where nobody listens is passed over */
export async function openBalancer(options: {
  readonly port: number;
  readonly ports: readonly number[];
}): Promise<Balancer> {
  const sockets = new Set<Socket>();
  let turn = 0;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  };
  const forward = (client: Socket, attempts: number): void => {
    const port = options.ports[turn++ % options.ports.length];
    if (attempts === 0 || port === undefined) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: '127.0.0.1', port, noDelay: true });
    keep(upstream);
    const retry = (): void => forward(client, attempts - 1);
    upstream.once('error', retry);
    upstream.once('connect', () => {
      upstream.removeListener('error', retry);
      client.pipe(upstream).pipe(client);
      client.once('close', () => upstream.destroy());
      upstream.once('close', () => client.destroy());
      if (client.destroyed) upstream.destroy();
    });
  };
  const server = createServer({ noDelay: true }, (client) => {
    keep(client);
    forward(client, options.ports.length);
  });
  server.listen({ host: '127.0.0.1', port: options.port });
  await once(server, 'listening');
  return {
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
