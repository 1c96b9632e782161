/** What the broker takes from inside ssh2: each test fails when another version has moved it. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import ssh2, { type Channel, type Client, type Connection } from 'ssh2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  declinedOffer,
  openAgentChannel,
  rejectOpen,
  sendBanner,
  sendDisconnect,
  sendSignal,
  serveAgent,
  takeRequestsBehindEof,
  windowOverrun,
} from '../../../../src/broker/ssh/ssh2-internals.ts';
import { obeysSignals } from '../../../../src/broker/ssh/target/target-channels.ts';

const HOST_KEY = ssh2.utils.generateKeyPairSync('ed25519').private;

interface Pair {
  readonly client: Client;
  readonly server: Connection;
  readonly sockets: Socket[];
}

let pair: Pair;
let cleanUp: () => void;

beforeEach(async () => {
  const sockets: Socket[] = [];
  const connections: Connection[] = [];
  const server = new ssh2.Server({ hostKeys: [HOST_KEY], ident: 'OpenSSH_7.8' }, (connection) => {
    connections.push(connection);
    connection.on('error', () => undefined);
    connection.on('authentication', (attempt) => attempt.accept());
  });
  const listener = createServer((socket) => {
    sockets.push(socket);
    server.injectSocket(socket);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  const client = new ssh2.Client();
  client.on('error', () => undefined);
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  client.connect({ sock: connect(port, '127.0.0.1'), username: 'anybody' });
  await once(client, 'ready');
  const [connection] = connections;
  if (connection === undefined) throw new Error('nobody connected');
  pair = { client, server: connection, sockets };
  cleanUp = () => {
    client.destroy();
    for (const socket of sockets) socket.destroy();
    listener.close();
  };
});
afterEach(() => cleanUp());

/** Both ends of one command's channel. */
async function openCommand(): Promise<{ readonly ofClient: Channel; readonly ofServer: Channel }> {
  const accepted = new Promise<Channel>((resolve) => {
    pair.server.once('session', (accept) => {
      const session = accept();
      session.on('signal', (_, __, info) => void signals.push(info.name));
      session.once('exec', (acceptCommand) => {
        const channel = acceptCommand();
        takeRequestsBehindEof(session);
        resolve(channel);
      });
    });
  });
  const ofClient = await new Promise<Channel>((resolve, reject) => {
    pair.client.exec('anything', (error, channel) => (error ? reject(error) : resolve(channel)));
  });
  return { ofClient, ofServer: await accepted };
}

let signals: string[] = [];
beforeEach(() => {
  signals = [];
});

describe('text for a person who logs in', () => {
  test.each([
    ['one line', 'one line\r\n'],
    ['two\nlines\n', 'two\r\nlines\r\n'],
    ['größer', 'größer\r\n'],
  ])('%j arrives as the lines of a terminal', async (text, shown) => {
    const banner = once(pair.client, 'banner');
    sendBanner(pair.server, text);
    expect((await banner)[0]).toBe(shown);
  });

  test('is not sent while keys are exchanged, which would break the protocol', async () => {
    const received: string[] = [];
    pair.client.on('banner', (text: string) => void received.push(text));
    const protocol = (pair.server as unknown as { _protocol: { _kexinit: unknown } })._protocol;
    expect('_kexinit' in protocol).toBe(true);
    const done = new Promise<void>((resolve) => pair.server.rekey(() => resolve()));
    expect(protocol._kexinit).not.toBe(undefined);
    sendBanner(pair.server, 'in between');
    await done;
    expect(protocol._kexinit).toBe(undefined);
    const banner = once(pair.client, 'banner');
    sendBanner(pair.server, 'afterwards');
    await banner;
    expect(received).toEqual(['afterwards\r\n']);
  });

  test('to a client that is gone goes nowhere', async () => {
    const closed = once(pair.server, 'close');
    pair.client.destroy();
    await closed;
    expect(() => sendBanner(pair.server, 'late')).not.toThrow();
    expect(() => sendDisconnect(pair.server, 'late')).not.toThrow();
  });
});

test('the reason of an end arrives with it', async () => {
  const { _protocol: protocol } = pair.client as unknown as {
    _protocol: { _handlers: { DISCONNECT: (protocol: unknown, code: number, reason: string) => void } };
  };
  const told = new Promise((resolve) => {
    protocol._handlers.DISCONNECT = (_, code, reason) => resolve([code, reason]);
  });
  sendDisconnect(pair.server, 'Your access was revoked.');
  expect(await told).toEqual([11, 'Your access was revoked.']);
});

describe('a signal', () => {
  test('arrives also behind the end of the input, and not behind the close', async () => {
    const { ofClient, ofServer } = await openCommand();
    ofServer.resume();
    const ended = once(ofServer, 'end');
    ofClient.eof();
    await ended;
    sendSignal(pair.client, ofClient, 'TERM');
    await expect.poll(() => signals).toEqual(['TERM']);
    const closed = once(ofServer, 'close');
    ofClient.close();
    sendSignal(pair.client, ofClient, 'KILL');
    await closed;
    expect(signals).toEqual(['TERM']);
  });

  test('over a connection that is gone goes nowhere', async () => {
    const { ofClient } = await openCommand();
    const closed = once(pair.client, 'close');
    pair.client.destroy();
    await closed;
    expect(() => sendSignal(pair.client, ofClient, 'KILL')).not.toThrow();
  });

  test('is relied on from the version of the server that obeys it, and not for root or a forced command', () => {
    const of = (software: string, isRoot = false, isForced = false): boolean =>
      obeysSignals({ _remoteVer: software } as unknown as Client, { isRoot, isForced });
    expect(obeysSignals(pair.client, { isRoot: false, isForced: false })).toBe(false);
    expect(of('OpenSSH_9.2', false, true)).toBe(false);
    expect(String((pair.client as unknown as { _remoteVer: unknown })._remoteVer)).toBe('OpenSSH_7.8');
    expect([of('OpenSSH_7.8p1'), of('OpenSSH_7.9p1'), of('OpenSSH_10.0p2 Debian-7')]).toEqual([
      false,
      true,
      true,
    ]);
    expect([of('OpenSSH_9.2', true), of('dropbear_2022.83'), of('OpenSSH_for_Windows_9.5')]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

test('what is sent beyond a window is counted, and what is sent within it is not', async () => {
  const { ofClient, ofServer } = await openCommand();
  const { window } = ofServer.incoming as { window: number };
  const send = async (bytes: number): Promise<void> => {
    ofClient.write(Buffer.alloc(bytes));
    await expect.poll(() => ofServer.readableLength).toBe(bytes);
  };
  await send(window);
  expect(windowOverrun(ofServer)).toBe(0);
  // A client that does not obey: its own count of the window is not looked at.
  const { _protocol: protocol } = pair.client as unknown as {
    _protocol: { channelData(id: number, bytes: Buffer): void };
  };
  const { id } = ofClient.outgoing as { id: number };
  const packet = Buffer.alloc(30_000);
  const { window: left } = ofServer.incoming as { window: number };
  for (let sent = 0; sent <= left; sent += packet.length) protocol.channelData(id, packet);
  await expect.poll(() => windowOverrun(ofServer)).toBe(packet.length - (left % packet.length));
});

test('a channel is refused with the reason, and the next one without', async () => {
  const reasons = ['The role does not list it: größer.', ''];
  pair.server.on('tcpip', (_accept, reject) => {
    const reason = reasons.shift() ?? '';
    if (reason === '') reject();
    else rejectOpen(pair.server, { reject, failure: 'prohibited', reason });
  });
  const refused = (): Promise<{ readonly message: string; readonly reason?: number }> =>
    new Promise((resolve) => {
      pair.client.forwardOut('127.0.0.1', 1, 'anywhere', 1, (error) => resolve(error ?? new Error('opened')));
    });
  expect(await refused()).toMatchObject({ message: expect.stringContaining('größer.'), reason: 1 });
  const second = await refused();
  expect(second).toMatchObject({ reason: 2 });
  expect(second.message).not.toContain('größer');
});

describe('an agent', () => {
  test('of a client is spoken to over a channel of its connection, and one of ours by whoever serves it', async () => {
    // Both roles of the broker at once: it serves the target, and asks the client.
    serveAgent(pair.client, (accept) => {
      const channel = accept();
      channel.on('data', (chunk: Buffer) => channel.write(Buffer.from(`answer to ${chunk.toString()}`)));
      channel.resume();
    });
    pair.server.on('session', (accept) => {
      const session = accept();
      session.on('auth-agent', (acceptAgent) => acceptAgent());
      session.on('exec', (acceptCommand) => void acceptCommand());
    });
    await new Promise<void>((resolve, reject) => {
      pair.client.exec('anything', { agentForward: true } as object, (error) =>
        error === undefined ? resolve() : reject(error),
      );
    });
    const channel = await new Promise<Channel>((resolve, reject) => {
      openAgentChannel(pair.server, (error, opened) => (error ? reject(error) : resolve(opened)));
    });
    const answer = once(channel, 'data');
    channel.write('a question');
    expect(String((await answer)[0])).toBe('answer to a question');
    const closed = once(channel, 'close');
    channel.end();
    channel.resume();
    await closed;
  });

  test('that nobody has offered is not connected', async () => {
    serveAgent(pair.client, (accept) => void accept());
    const error = await new Promise((resolve) => openAgentChannel(pair.server, resolve));
    expect(error).toBeInstanceOf(Error);
  });

  test.each([
    ['agent', { agentForward: true }],
    ['x11', { x11: true }],
  ])('or a screen that the target does not take is told apart: %s', async (offer, options) => {
    serveAgent(pair.client, (accept) => void accept());
    pair.server.on('session', (accept) => void accept());
    const error = await new Promise((resolve) => {
      pair.client.exec('anything', options as object, (problem) => resolve(problem));
    });
    expect(declinedOffer(error)).toBe(offer);
    expect(declinedOffer(new Error('Channel open failure'))).toBeNull();
  });
});
