/** The JSON between the chat page and the server (`/chat/api`). Types only: the browser side imports these. */
import type { Card, Form } from '../card.ts';

export interface ChatPerson {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly groups: readonly string[];
}

export interface ChatChannel {
  readonly name: string;
  readonly kind: 'channel' | 'incident' | 'private';
  readonly topic: string;
}

export interface ChatMessage {
  readonly id: string;
  readonly channel: string;
  /** The message this one answers, for a thread. */
  readonly threadOf: string | null;
  /** Null for Sallyport itself. */
  readonly author: { readonly id: string; readonly name: string } | null;
  readonly text: string;
  readonly card: Card | null;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly editedAt: string | null;
}

/** GET /chat/api/state */
export interface ChatState {
  readonly me: ChatPerson;
  readonly channels: readonly ChatChannel[];
}

/** GET /chat/api/channels/:channel/messages?before=ID: oldest first, threads included, at most 100. */
export interface ChatMessages {
  readonly messages: readonly ChatMessage[];
  readonly more: boolean;
}

/** Seen by the person who acted and by nobody else; never stored. */
export interface Ephemeral {
  readonly text: string;
  readonly card: Card | null;
  /** Lines to copy, with a button each. A secret appears here only. */
  readonly copyable: readonly { readonly label: string; readonly text: string }[];
  readonly tone: Card['tone'];
}

/**
 * The answer to POST /chat/api/commands { channel, text, key }, POST /chat/api/actions { channel,
 * action, subject, key } and POST /chat/api/forms { channel, form, subject, values, key }.
 * `key` is made by the page for each act, so that a retry is recognised.
 */
export interface ActAnswer {
  readonly reply: Ephemeral | null;
  readonly form: Form | null;
}

/** GET /chat/api/stream: server-sent events named `message`; the data is a new or edited ChatMessage. */
export type ChatStreamEvent = ChatMessage;
