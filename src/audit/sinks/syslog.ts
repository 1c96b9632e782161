/**
 * Syslog over TCP, with TLS (RFC 5425). Syslog has no acknowledgement: what the operating system has taken may still
 * be lost when the receiver restarts. So a connection carries one batch and is then closed on our side; the receiver
 * closes its side once it has read to the end, and only that counts as delivered.
 *
 * A receiver that goes away before, or refuses our certificate after the handshake, has the batch unread in its
 * queue, and its system answers with a reset. That holds once the batch is in that queue, so our side is closed a few
 * round trips after the batch was written, and an end that comes before is none of ours.
 */
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { formatDuration } from '../../core/duration.ts';
import { messageOf } from '../../core/errors.ts';
import { tlsOptions } from './http-call.ts';
import type { SyslogSettings } from './settings.ts';
import { type Outgoing, type Refusal, type Sink, SinkFault } from './sink.ts';
import { frameSyslog } from './syslog-message.ts';

const EVENTS_MAX = 500;
/** On this machine there is no round trip to speak of. */
const SETTLE_MS_MIN = 20;

export function openSyslog(settings: SyslogSettings): Sink {
  const { timeoutMs, messageBytesMax } = settings;
  let current: Socket | null = null;
  return {
    eventsMax: EVENTS_MAX,
    sendMsMax: timeoutMs,
    send: async (events) => {
      const { frames, refused } = framesOf(events, settings);
      if (frames.length === 0) return refused;
      try {
        await sendFrames(Buffer.concat(frames), settings, (socket) => {
          current = socket;
        });
      } finally {
        current = null;
      }
      return refused;
    },
    close: () => current?.destroy(),
  };

  function framesOf(batch: readonly Outgoing[], source: SyslogSettings) {
    const frames: Buffer[] = [];
    const refused: Refusal[] = [];
    for (const event of batch) {
      const frame = frameSyslog(event, source);
      if (frame.length <= messageBytesMax) frames.push(frame);
      else refused.push({ sequence: event.sequence, reason: tooLong(frame.length, messageBytesMax) });
    }
    return { frames, refused };
  }
}

function tooLong(bytes: number, bytesMax: number): string {
  return `the message has ${bytes} bytes; messageBytesMax is ${bytesMax}`;
}

function sendFrames(
  frames: Buffer,
  settings: SyslogSettings,
  onSocket: (socket: Socket) => void,
): Promise<void> {
  const { host, port, timeoutMs, confirm } = settings;
  return new Promise((resolve, reject) => {
    const socket = connect(settings);
    onSocket(socket);
    const timer = setTimeout(() => {
      end(new SinkFault(`${host}:${port} did not take the events within ${formatDuration(timeoutMs)}`));
    }, timeoutMs);
    let settling: NodeJS.Timeout | undefined;
    const end = (fault: SinkFault | null): void => {
      clearTimeout(timer);
      clearTimeout(settling);
      socket.destroy();
      if (fault === null) resolve();
      else reject(fault);
    };
    const beganMs = performance.now();
    let ended = false;
    socket.once(settings.encrypted ? 'secureConnect' : 'connect', () => {
      const settleMs = Math.max(SETTLE_MS_MIN, 2 * (performance.now() - beganMs));
      socket.write(frames, () => {
        settling = setTimeout(() => {
          ended = true;
          socket.end();
          if (confirm === 'written') socket.once('finish', () => end(null));
        }, settleMs);
      });
    });
    // Nothing is expected from the receiver but its end.
    socket.on('data', () => undefined);
    socket.once('end', () => end(ended ? null : new SinkFault(`${host}:${port} closed the connection`)));
    socket.once('close', () => end(new SinkFault(`${host}:${port} broke the connection`)));
    socket.once('error', (error) => {
      end(new SinkFault(`${host}:${port} cannot be reached (${messageOf(error)})`, { cause: error }));
    });
  });
}

function connect({ host, port, encrypted, tls }: SyslogSettings): Socket {
  // Half-open: their end comes after ours.
  const where = { host, port, allowHalfOpen: true };
  if (!encrypted) return connectPlain(where);
  return connectTls({ ...where, ...tlsOptions(tls), ...(isIP(host) === 0 ? { servername: host } : {}) });
}
