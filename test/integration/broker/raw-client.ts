/** A client that sends exactly the bytes a test wants, pipelined as it wants, and reads what comes back. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import {
  encodeSaslInitialResponse,
  encodeSaslResponse,
  parseAuthenticationRequest,
} from '../../../src/broker/postgres/codec/authentication.ts';
import { bodyOf, Framer } from '../../../src/broker/postgres/codec/framer.ts';
import { parseReport } from '../../../src/broker/postgres/codec/report.ts';
import { parseDataRow } from '../../../src/broker/postgres/codec/rows.ts';
import { type CancelKey, encodeStartup } from '../../../src/broker/postgres/codec/startup.ts';
import { parseBackendKeyData } from '../../../src/broker/postgres/codec/status.ts';
import { beginScramClient } from '../../../src/broker/postgres/scram/client.ts';
import { Secret } from '../../../src/core/secret.ts';
import type { Connection } from './broker-harness.ts';

const PATIENCE_MS = 15_000;

export interface Received {
  /** The message's letter. */
  readonly type: string;
  readonly body: Buffer;
}

export class RawClient {
  readonly socket: Socket;
  readonly received: Received[] = [];
  /** From the login. */
  keyData: CancelKey | null = null;
  /** The minor version that the server named instead of ours. */
  negotiated: number | null = null;
  #waiting: (() => void) | null = null;
  #closed = false;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const framer = new Framer({
      treat: () => 'whole',
      whole: (type, message) =>
        void this.received.push({ type: String.fromCharCode(type), body: Buffer.from(bodyOf(message)) }),
      piece: () => undefined,
      skipped: () => undefined,
    });
    this.socket.on('data', (chunk: Buffer) => {
      framer.push(chunk);
      this.#waiting?.();
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.#closed = true;
      this.#waiting?.();
    });
  }

  /** Logs in with SCRAM-SHA-256 and waits for the first ReadyForQuery. */
  static async logIn(
    connection: Pick<Connection, 'port' | 'username' | 'password' | 'database'>,
    parameters: Record<string, string> = {},
    minor = 0,
  ): Promise<RawClient> {
    const client = new RawClient(connection.port);
    const { username: user, database } = connection;
    client.send(encodeStartup({ minor, parameters: Object.entries({ user, database, ...parameters }) }));
    const scram = beginScramClient({
      password: new Secret(connection.password),
      nonce: randomBytes(18).toString('base64'),
    });
    const greeting = await client.until('R');
    const negotiation = greeting.find(({ type }) => type === 'v');
    client.negotiated = negotiation === undefined ? null : negotiation.body.readInt32BE(0) & 0xffff;
    client.send(encodeSaslInitialResponse({ mechanism: 'SCRAM-SHA-256', data: scram.clientFirst }));
    const challenge = parseAuthenticationRequest((await client.take('R')).body);
    if (challenge.kind !== 'sasl-continue') throw new Error(`unexpected ${challenge.kind}`);
    const { clientFinal } = await scram.answer(challenge.data);
    client.send(encodeSaslResponse(clientFinal));
    const ready = await client.until('Z');
    client.keyData = parseBackendKeyData(ready.find(({ type }) => type === 'K')?.body ?? Buffer.alloc(0));
    return client;
  }

  send(...messages: Buffer[]): void {
    this.socket.write(Buffer.concat(messages));
  }

  /** Everything up to and including the next message of this type. */
  async until(type: string, count = 1): Promise<Received[]> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const positions = this.received.flatMap((message, index) => (message.type === type ? [index] : []));
      const end = positions[count - 1];
      if (end !== undefined) return this.received.splice(0, end + 1);
      if (this.#closed)
        throw new Error(`closed before ${type}; received ${this.received.map((one) => one.type).join('')}`);
      if (Date.now() > deadline)
        throw new Error(`no ${type}; received ${this.received.map((one) => one.type).join('')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 200);
        this.#waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** The next message, which must be of this type. */
  async take(type: string): Promise<Received> {
    const [message, ...others] = await this.until(type);
    if (message === undefined || others.length > 0) {
      throw new Error(
        `${type} was not the next message: ${[message, ...others].map((one) => one?.type).join('')}`,
      );
    }
    return message;
  }

  /** Everything until the broker closes the connection. */
  async untilClosed(): Promise<Received[]> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!this.#closed) {
      if (Date.now() > deadline) throw new Error('the connection was not closed');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this.received.splice(0);
  }

  close(): void {
    this.socket.destroy();
  }
}

/** The letters of some messages, as one word. */
export function lettersOf(messages: readonly Received[]): string {
  return messages.map(({ type }) => type).join('');
}

export function errorsOf(messages: readonly Received[]): { code: string; message: string; detail: string }[] {
  return messages
    .filter(({ type }) => type === 'E')
    .map(({ body }) => parseReport(body))
    .map((fields) => ({
      code: fields.get('C') ?? '',
      message: fields.get('M') ?? '',
      detail: fields.get('D') ?? '',
    }));
}

export function rowsOf(messages: readonly Received[]): (string | null)[][] {
  return messages
    .filter(({ type }) => type === 'D')
    .map(({ body }) => parseDataRow(body).map((value) => value?.toString('utf8') ?? null));
}

/** Transaction statuses of the ReadyForQuery messages. */
export function statusesOf(messages: readonly Received[]): string {
  return messages
    .filter(({ type }) => type === 'Z')
    .map(({ body }) => body.toString('latin1'))
    .join('');
}
