/** What a connection is encrypted with, for clients that offer this and that, at once or slowly. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import ssh2, { type CipherAlgorithm } from 'ssh2';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ClientConnection, openClient } from '../../../../src/broker/ssh/client-connection.ts';
import { brokerHostKey } from '../../../../src/broker/ssh/host-key.ts';
import { Secret } from '../../../../src/core/secret.ts';

const HOST_KEY = brokerHostKey(new Secret(Buffer.alloc(32, 1)));
const GCM = 'aes128-gcm@openssh.com';
const CHACHA = 'chacha20-poly1305@openssh.com';

let listener: Server;
let opened: Promise<ClientConnection | null>[];
const sockets: Socket[] = [];

beforeEach(async () => {
  opened = [];
  listener = createServer((socket) => {
    sockets.push(socket);
    opened.push(openClient(socket, { hostKey: HOST_KEY, onFault: () => undefined }));
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  listener.close();
});

function open(server: Server = listener): Socket {
  const address = server.address();
  const socket = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  return socket;
}

/** @returns in both directions */
async function agreed(cipher: CipherAlgorithm[], socket = open()): Promise<readonly string[]> {
  const client = new ssh2.Client();
  client.on('error', () => undefined);
  const handshake = once(client, 'handshake');
  client.connect({ sock: socket, username: 'anybody', algorithms: { cipher } });
  const [negotiated] = await handshake;
  return [negotiated.cs.cipher, negotiated.sc.cipher];
}

describe('a connection', () => {
  test.for<{ readonly offers: CipherAlgorithm[]; readonly takes: string }>([
    { offers: [CHACHA, 'aes128-ctr', GCM], takes: GCM },
    { offers: ['aes256-gcm@openssh.com', GCM], takes: 'aes256-gcm@openssh.com' },
    { offers: [CHACHA], takes: CHACHA },
    { offers: ['aes256-ctr', CHACHA], takes: 'aes256-ctr' },
  ])('of a client that offers $offers takes $takes', async ({ offers, takes }) => {
    expect(await agreed(offers)).toEqual([takes, takes]);
  });

  test('takes the same when what the client says comes in small pieces', async () => {
    const slow = createServer((near) => {
      const far = open();
      sockets.push(near);
      far.setNoDelay(true).pipe(near);
      near.on('data', (chunk) => {
        for (let at = 0; at < chunk.length; at += 5) far.write(chunk.subarray(at, at + 5));
      });
    }).listen(0, '127.0.0.1');
    await once(slow, 'listening');
    expect(await agreed([CHACHA, GCM], open(slow))).toEqual([GCM, GCM]);
    slow.close();
  });
});

describe('a client', () => {
  test('that waits for the offer of the server gets it', async () => {
    const socket = open();
    socket.write('SSH-2.0-waiting\r\n');
    let received = Buffer.alloc(0);
    while (!received.includes(CHACHA)) received = Buffer.concat([received, ...(await once(socket, 'data'))]);
    expect(received.toString('latin1').match(/SSH-2\.0-Sallyport\r\n/g)).toHaveLength(1);
    expect(received.toString('latin1').startsWith('SSH-2.0-Sallyport\r\n')).toBe(true);
  });

  test.for([
    { what: 'no SSH', text: 'GET / HTTP/1.1\r\nHost: example.com\r\n\r\n' },
    { what: 'a line that does not end', text: 'x'.repeat(20_000) },
    { what: 'a packet that ends too early', text: 'SSH-2.0-x\r\n\0\0\0\x0c\x04\x14aaaaaaaaaa' },
  ])('that sends $what is closed', async ({ text }) => {
    const socket = open();
    socket.resume();
    socket.write(text, 'latin1');
    await once(socket, 'close');
  });

  test('that leaves before it has said anything is none', async () => {
    const socket = open();
    await once(socket, 'data');
    socket.end();
    expect(await opened[0]).toBeNull();
  });
});
