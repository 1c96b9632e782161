/**
 * What the chat page knows of each channel's messages. Pure: messages come from reading a channel
 * and from the live stream, in any order and more than once, and end up once each and in order.
 */
import type { ChatMessage, ChatMessages } from '../../bot/web/wire.ts';

export interface ChannelLog {
  /** Oldest first. */
  readonly messages: readonly ChatMessage[];
  /** Older ones exist on the server. */
  readonly more: boolean;
}

export interface Conversations {
  /** Absent until a channel has been read. */
  readonly logs: Readonly<Record<string, ChannelLog>>;
  /** Messages that arrived in a channel while another was open. */
  readonly unread: Readonly<Record<string, number>>;
  /** What arrived in the open channel while it was being read: the page that is on its way may be older. */
  readonly early: readonly ChatMessage[];
}

export const NO_CONVERSATIONS: Conversations = { logs: {}, unread: {}, early: [] };

/** A message with its answers, oldest first. */
export interface Thread {
  readonly root: ChatMessage;
  readonly replies: readonly ChatMessage[];
}

/** The newest page of a channel. Without overlap to what was known, the gap is unknown: start over. */
export function withLatest(before: Conversations, channel: string, page: ChatMessages): Conversations {
  const known = before.logs[channel];
  const knownIds = new Set(known?.messages.map((message) => message.id));
  const overlaps = page.messages.some((message) => knownIds.has(message.id));
  const log =
    known && overlaps
      ? { messages: merge(known.messages, page.messages), more: known.more }
      : { messages: merge(page.messages, arrivedMeanwhile(before, channel, page)), more: page.more };
  const early = before.early.filter((message) => message.channel !== channel);
  return { ...before, early, logs: { ...before.logs, [channel]: log } };
}

/**
 * What the stream brought that a page, read at some moment before, does not have. Messages of one moment are stored in
 * any order, so what is new may stand before the newest of the page; what stands before its oldest is across the gap.
 */
function arrivedMeanwhile(
  { logs, early }: Conversations,
  channel: string,
  page: ChatMessages,
): readonly ChatMessage[] {
  const [oldest] = merge([], page.messages);
  return [
    ...(logs[channel]?.messages ?? []),
    ...early.filter((message) => message.channel === channel),
  ].filter((message) => isFrom(message, oldest));
}

/** A page of older messages. */
export function withEarlier(before: Conversations, channel: string, page: ChatMessages): Conversations {
  const known = before.logs[channel]?.messages ?? [];
  const log = { messages: merge(known, page.messages), more: page.more };
  return { ...before, logs: { ...before.logs, [channel]: log } };
}

/** One message from the live stream, new or edited. A channel not read yet only counts it, unless it is open. */
export function withArrival(before: Conversations, message: ChatMessage, open: string | null): Conversations {
  const { channel } = message;
  const after = withMessage(before, message, open);
  if (channel === open || message.editedAt !== null) return after;
  return { ...after, unread: { ...before.unread, [channel]: (before.unread[channel] ?? 0) + 1 } };
}

function withMessage(before: Conversations, message: ChatMessage, open: string | null): Conversations {
  const { channel } = message;
  const log = before.logs[channel];
  if (log === undefined) {
    return channel === open ? { ...before, early: [...before.early, message] } : before;
  }
  // An edit of what is further up would stand there alone, and what lies between would never be read.
  if (log.more && !isFrom(message, log.messages[0])) return before;
  const messages = merge(log.messages, [message]);
  return { ...before, logs: { ...before.logs, [channel]: { ...log, messages } } };
}

/** The channel is on screen: nothing in it is unread. */
export function withRead(before: Conversations, channel: string): Conversations {
  const early = before.early.filter((message) => message.channel === channel);
  if (!before.unread[channel]) return { ...before, early };
  return { ...before, early, unread: { ...before.unread, [channel]: 0 } };
}

/** After the stream was cut nothing but the open channel is known to be complete. */
export function withOnly(before: Conversations, open: string | null): Conversations {
  const log = open === null ? undefined : before.logs[open];
  return { ...before, logs: open !== null && log ? { [open]: log } : {} };
}

/** Answers under what they answer. An answer whose beginning is not loaded stands by itself. */
export function toThreads(messages: readonly ChatMessage[]): Thread[] {
  const ids = new Set(messages.map((message) => message.id));
  const repliesOf = Map.groupBy(
    messages.filter((message) => message.threadOf !== null && ids.has(message.threadOf)),
    (message) => message.threadOf,
  );
  return messages
    .filter((message) => message.threadOf === null || !ids.has(message.threadOf))
    .map((root) => ({ root, replies: repliesOf.get(root.id) ?? [] }));
}

/** Every message once; of two versions the later edit; in order of time, ids deciding ties. */
function merge(known: readonly ChatMessage[], incoming: readonly ChatMessage[]): ChatMessage[] {
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of incoming) {
    const before = byId.get(message.id);
    if (!before || editedMs(message) >= editedMs(before)) byId.set(message.id, message);
  }
  return [...byId.values()].sort(inOrder);
}

/** No older than the oldest; anything, where there is none. */
function isFrom(message: ChatMessage, oldest: ChatMessage | undefined): boolean {
  return oldest === undefined || inOrder(message, oldest) >= 0;
}

function inOrder(a: ChatMessage, b: ChatMessage): number {
  const apartMs = Date.parse(a.createdAt) - Date.parse(b.createdAt);
  if (apartMs !== 0) return apartMs;
  // Ids are numbers written as text, and may be longer than a number holds exactly.
  if (a.id.length !== b.id.length) return a.id.length - b.id.length;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function editedMs(message: ChatMessage): number {
  return message.editedAt === null ? 0 : Date.parse(message.editedAt);
}
