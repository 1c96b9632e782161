/** Where Socket Mode connects: as much of a WebSocket server as Slack's library needs (RFC 6455). */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { RECORD } from './slack-call.ts';

type Json = Readonly<Record<string, unknown>>;

export interface SocketEndpoint {
  readonly url: string;
  /** Connections, those that ended included, whether they were greeted or not. */
  connections(): number;
  /** Connections that were greeted, those that ended included. */
  greeted(): number;
  /** Whoever connects from now on is let in and never greeted, or greeted again. */
  greet(willing: boolean): void;
  open(): number;
  /** What the app has acknowledged, by envelope, in order. */
  acknowledged(envelopeId: string): readonly Json[];
  /** Over the newest connection. */
  send(message: Json): void;
  /** Every connection ends without a word. */
  drop(): void;
  close(): Promise<void>;
}

const HANDSHAKE = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

export async function startSocketEndpoint(): Promise<SocketEndpoint> {
  const sockets = new Set<Duplex>();
  const acknowledgements: Json[] = [];
  let connections = 0;
  let greeted = 0;
  let willing = true;
  const server = createServer((_request, response) => response.writeHead(404).end());
  server.on('upgrade', (request, socket) => {
    const key = createHash('sha1').update(`${request.headers['sec-websocket-key']}${HANDSHAKE}`);
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key.digest('base64')}\r\n\r\n`,
    );
    sockets.add(socket);
    connections += 1;
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let frame = readFrame(bytes); frame !== null; frame = readFrame(bytes)) {
        bytes = bytes.subarray(frame.length);
        if (frame.opcode === TEXT)
          acknowledgements.push(RECORD.parse(JSON.parse(frame.payload.toString('utf8'))));
        if (frame.opcode === PING) socket.write(frameOf(PONG, frame.payload));
        if (frame.opcode === CLOSE) socket.end(frameOf(CLOSE, frame.payload));
      }
    });
    if (!willing) return;
    greeted += 1;
    socket.write(frameOf(TEXT, Buffer.from(JSON.stringify({ type: 'hello', num_connections: 1 }))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    connections: () => connections,
    greeted: () => greeted,
    greet: (next) => {
      willing = next;
    },
    open: () => sockets.size,
    acknowledged: (id) => acknowledgements.filter((one) => one['envelope_id'] === id),
    send: (message) => {
      const newest = [...sockets].at(-1);
      if (newest === undefined) throw new Error('nobody is connected');
      newest.write(frameOf(TEXT, Buffer.from(JSON.stringify(message))));
    },
    drop: () => {
      for (const socket of sockets) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function frameOf(opcode: number, payload: Buffer): Buffer {
  const head =
    payload.length < 126
      ? Buffer.from([0x80 | opcode, payload.length])
      : Buffer.from([0x80 | opcode, 126, payload.length >> 8, payload.length & 0xff]);
  return Buffer.concat([head, payload]);
}

/** @returns null until a whole frame is there; whoever connects masks what it sends */
function readFrame(bytes: Buffer): { opcode: number; payload: Buffer; length: number } | null {
  if (bytes.length < 2) return null;
  const short = bytes.readUInt8(1) & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const start = 2 + extended + 4;
  if (bytes.length < start) return null;
  const size =
    extended === 0 ? short : extended === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + size) return null;
  const mask = bytes.subarray(start - 4, start);
  const payload = Buffer.from(bytes.subarray(start, start + size));
  for (let index = 0; index < payload.length; index += 1) {
    payload.writeUInt8(payload.readUInt8(index) ^ mask.readUInt8(index % 4), index);
  }
  return { opcode: bytes.readUInt8(0) & 0x0f, payload, length: start + size };
}
