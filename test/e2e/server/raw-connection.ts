/** A connection, over TCP or over TLS without a negotiation before it, that sends what it is told, however wrong, and keeps what comes back. */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Longer than any deadline of the server for a connection that does not log in. */
const CLOSED_WITHIN_MS = 15_000;

export interface RawConnection {
  /** Text that came back so far, byte for byte. */
  readonly answer: string;
  /** Resolves, with the milliseconds since it was opened, when the other side has closed it. @throws when it does not */
  readonly closed: Promise<number>;
  send(bytes: Buffer | string): void;
  /** Says that nothing more follows, and still listens. */
  finish(): void;
  destroy(): void;
}

export function openRawConnection(port: number, options: { encrypted?: boolean } = {}): RawConnection {
  const openedAtMs = performance.now();
  const address = { host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true };
  const tls = { rejectUnauthorized: false, ALPNProtocols: ['postgresql'] };
  const socket: Socket = options.encrypted === true ? connectTls({ ...address, ...tls }) : connect(address);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
  // A reset is a way of closing.
  socket.on('error', () => undefined);
  const closed = new Promise<number>((resolve, reject) => {
    const overdue = setTimeout(
      () => reject(new Error(`still open after ${CLOSED_WITHIN_MS} ms`)),
      CLOSED_WITHIN_MS,
    );
    const note = (): void => {
      clearTimeout(overdue);
      resolve(performance.now() - openedAtMs);
    };
    socket.once('end', () => {
      note();
      socket.destroy();
    });
    socket.once('close', note);
  });
  closed.catch(() => undefined);
  return {
    get answer() {
      return answer;
    },
    closed,
    send: (bytes) => void socket.write(bytes),
    finish: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}
