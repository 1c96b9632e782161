/**
 * Writing into a channel of ssh2. Its own streams forget to answer a write once a channel is closed, and they never
 * look at the socket: a peer with a large window that reads nothing would fill the memory. This one does both.
 */
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';

/** What may wait in the socket before its peer has to read. */
const SOCKET_BYTES_MAX = 4 * 1_048_576;
const HIGH_WATER_BYTES = 262_144;
/** So much is gathered before it is written, within one round of the event loop. */
const GATHERED_BYTES = 262_144;

/**
 * @param options.into the channel, or its stderr
 * @param options.end what the end of the stream does
 * @returns a stream whose writes are answered when the peer has room for more, and at once when the channel is gone
 */
export function channelWriter(options: {
  readonly into: Writable;
  readonly socket: Socket;
  /** Takes what is called when the channel is closed. */
  readonly onGone: (listener: () => void) => void;
  readonly end: () => void;
}): Writable {
  const { into, socket } = options;
  let gone = false;
  let waiting: (() => void) | null = null;
  const answer = (): void => {
    const done = waiting;
    waiting = null;
    done?.();
  };
  options.onGone(() => {
    gone = true;
    answer();
  });
  const writer = new Writable({
    highWaterMark: HIGH_WATER_BYTES,
    // Who writes behind the end, because it was cut off meanwhile, must not lose what was written before it.
    autoDestroy: false,
    write(chunk: Buffer, _encoding, done) {
      if (gone) return done();
      waiting = done;
      gather(socket);
      try {
        into.write(chunk, () => afterDrain(socket, answer));
      } catch {
        // ssh2 throws when the connection has just been torn down.
        answer();
      }
    },
    final(done) {
      try {
        if (!gone) options.end();
      } catch {
        // As above.
      }
      done();
    },
  });
  writer.on('error', () => undefined);
  return writer;
}

/** The packets of one round of the event loop leave together: a call of the system for each is what costs most. */
function gather(socket: Socket): void {
  if (socket.writableCorked === 0) {
    socket.cork();
    setImmediate(() => socket.uncork());
  } else if (socket.writableLength >= GATHERED_BYTES) {
    socket.uncork();
    socket.cork();
  }
}

function afterDrain(socket: Socket, then: () => void): void {
  if (socket.destroyed || socket.writableLength <= SOCKET_BYTES_MAX) {
    then();
    return;
  }
  const go = (): void => {
    socket.removeListener('drain', go);
    socket.removeListener('close', go);
    then();
  };
  socket.on('drain', go);
  socket.on('close', go);
}
