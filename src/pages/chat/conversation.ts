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
}

export const NO_CONVERSATIONS: Conversations = { logs: {}, unread: {} };

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
      : { messages: merge([], page.messages), more: page.more };
  return { ...before, logs: { ...before.logs, [channel]: log } };
}

/** A page of older messages. */
export function withEarlier(before: Conversations, channel: string, page: ChatMessages): Conversations {
  const known = before.logs[channel]?.messages ?? [];
  const log = { messages: merge(known, page.messages), more: page.more };
  return { ...before, logs: { ...before.logs, [channel]: log } };
}

/** One message from the live stream, new or edited. A channel not read yet only counts it. */
export function withArrival(before: Conversations, message: ChatMessage, open: string | null): Conversations {
  const log = before.logs[message.channel];
  const logs = log
    ? { ...before.logs, [message.channel]: { ...log, messages: merge(log.messages, [message]) } }
    : before.logs;
  const counts = message.channel !== open && message.editedAt === null;
  if (!counts) return { ...before, logs };
  return { logs, unread: { ...before.unread, [message.channel]: (before.unread[message.channel] ?? 0) + 1 } };
}

/** The channel is on screen: nothing in it is unread. */
export function withRead(before: Conversations, channel: string): Conversations {
  if (!before.unread[channel]) return before;
  return { ...before, unread: { ...before.unread, [channel]: 0 } };
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
