/**
 * New and edited messages to everyone who watches: one watch on the database for the process, however
 * many pages are open. A page that falls behind is cut off; it connects again and reads the channel.
 */
import { Readable } from 'node:stream';
import type { AccessContext } from '../../access/context.ts';
import { type StoredChatMessage, watchChatMessages } from '../../access/web-chat.ts';
import { AppError } from '../../core/errors.ts';
import { openChannel, ownerOfChannel } from './channels.ts';
import { toWireMessage } from './wire-message.ts';

export interface FeedLimits {
  /** A comment is sent this often, so that proxies keep the connection and a dead one is noticed. */
  readonly heartbeatMs: number;
  /** After this a stream ends and the page connects again: whoever was signed out stays out. */
  readonly lifetimeMs: number;
  readonly streamsPerPersonMax: number;
  readonly streamsMax: number;
  /** Bytes that wait for a slow reader. */
  readonly backlogBytesMax: number;
}

export const DEFAULT_FEED_LIMITS: FeedLimits = {
  heartbeatMs: 15_000,
  lifetimeMs: 600_000,
  streamsPerPersonMax: 10,
  streamsMax: 2_000,
  backlogBytesMax: 1_048_576,
};

/** How long a page waits before it connects again, in milliseconds. */
const RECONNECT_AFTER_MS = 1_000;

export interface MessageFeed {
  /**
   * A stream of server-sent events for one person (WHATWG HTML section 9.2).
   * @throws AppError `rate_limited` when this person or the process has too many
   */
  open(personId: string): Readable;
  close(): Promise<void>;
}

/** @returns once the watch listens */
export async function openMessageFeed(access: AccessContext, limits: FeedLimits): Promise<MessageFeed> {
  const readers = new Map<Readable, string>();

  const deliver = async (message: StoredChatMessage): Promise<void> => {
    const frame = `event: message\ndata: ${JSON.stringify(toWireMessage(message))}\n\n`;
    const isReader = await readersOf(access, message);
    for (const [stream, personId] of readers) {
      if (isReader(personId)) push(stream, frame);
    }
  };
  const push = (stream: Readable, frame: string): void => {
    if (stream.readableLength > limits.backlogBytesMax) stream.destroy();
    else stream.push(frame);
  };

  /** What was missed is in the store: a page whose stream ends connects again and reads its channel. */
  const endAll = (): void => {
    for (const stream of readers.keys()) stream.push(null);
  };
  const watch = await watchChatMessages(access, {
    onMessage: (message) => void deliver(message).catch(endAll),
    onGap: endAll,
  });
  const heartbeat = setInterval(() => {
    for (const stream of readers.keys()) push(stream, ': still here\n\n');
  }, limits.heartbeatMs);
  heartbeat.unref();

  return {
    open: (personId) => {
      const own = [...readers.values()].filter((reader) => reader === personId).length;
      if (own >= limits.streamsPerPersonMax || readers.size >= limits.streamsMax) {
        throw new AppError('rate_limited', 'Too many chat pages are open. Close one, then reload this one.');
      }
      const stream = new Readable({ read: () => undefined });
      const end = setTimeout(() => stream.push(null), limits.lifetimeMs);
      end.unref();
      readers.set(stream, personId);
      stream.once('close', () => {
        clearTimeout(end);
        readers.delete(stream);
      });
      stream.push(`retry: ${RECONNECT_AFTER_MS}\n\n`);
      return stream;
    },
    close: async () => {
      clearInterval(heartbeat);
      endAll();
      readers.clear();
      await watch.close();
    },
  };
}

/** The channel's rights as they are now, and the message's own audience. */
async function readersOf(
  access: AccessContext,
  { audienceId, channel }: StoredChatMessage,
): Promise<(personId: string) => boolean> {
  const owner = ownerOfChannel(channel);
  const isOpen = owner === null && (await openChannel(access, channel)) !== null;
  return (personId) =>
    (audienceId === null || audienceId === personId) && (owner === null ? isOpen : owner === personId);
}
