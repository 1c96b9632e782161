import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { expect, test } from 'vitest';
import { type Listener, listen } from '../../../src/broker/listener.ts';

const CONNECTIONS_MAX = 6;
const PATIENCE_MS = 5_000;

async function withListener(work: (listener: Listener, served: Socket[]) => Promise<void>): Promise<void> {
  const served: Socket[] = [];
  const listener = await listen({
    address: { host: '127.0.0.1', port: 0 },
    setting: 'broker.postgres.address',
    connectionsMax: () => CONNECTIONS_MAX,
    logger: pino({ level: 'silent' }),
    serve: async (socket) => {
      served.push(socket);
      await once(socket, 'close');
    },
  });
  try {
    await work(listener, served);
  } finally {
    const closed = listener.close();
    listener.destroyAll();
    await closed;
  }
}

/** Connects from one of this machine's addresses. @returns whether the connection was kept open */
async function opens(listener: Listener, localAddress: string, served: Socket[]): Promise<boolean> {
  const before = served.length;
  const socket = connect({ host: '127.0.0.1', port: listener.address.port, localAddress });
  socket.on('error', () => undefined);
  socket.resume();
  for (let waitedMs = 0; waitedMs < PATIENCE_MS; waitedMs += 5) {
    if (served.length > before) return true;
    if (socket.closed) return false;
    await sleep(5);
  }
  throw new Error('neither served nor refused');
}

test('one address may hold half of the connections, and all together no more than the limit', async () => {
  await withListener(async (listener, served) => {
    const opened: Record<string, boolean[]> = {};
    for (const address of ['127.0.0.1', '127.0.0.2', '127.0.0.3']) {
      opened[address] = [];
      for (let attempt = 0; attempt < 4; attempt += 1)
        opened[address].push(await opens(listener, address, served));
    }
    expect(opened).toEqual({
      '127.0.0.1': [true, true, true, false],
      '127.0.0.2': [true, true, true, false],
      '127.0.0.3': [false, false, false, false],
    });
    const [first] = served;
    if (first === undefined) throw new Error('nothing was served');
    const closed = once(first, 'close');
    first.destroy();
    await closed;
    expect(await opens(listener, '127.0.0.3', served)).toBe(true);
  });
});
