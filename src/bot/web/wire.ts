/** The JSON between the chat page and the server (`/chat/api`). Types only: the browser side imports these. */
import type { ActAnswer } from '../act-answer.ts';
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

/**
 * GET /chat/api/channels/:channel/offers?messages=ID,ID (at most 100): what of these messages' buttons is nothing for
 * whoever asks, as things stand now.
 */
export interface ChatOffers {
  readonly items: readonly MessageOffers[];
}

/** GET /chat/api/offers?button=ACTION%20SUBJECT&button=… (at most 10): the same of buttons that are in no message. */
export interface ButtonOffers {
  /** Each as `action subject`. */
  readonly withheld: readonly string[];
  /** Why, where somebody might look for them: sentences. */
  readonly missing: readonly string[];
}

export interface MessageOffers extends ButtonOffers {
  readonly message: string;
}

/** GET /chat/api/home: what is there for whoever asks. Every button does something for them. */
export interface ChatHome {
  readonly decisions: readonly Card[];
  /** All there are; more than `decisions` when they are too many. */
  readonly decisionsCount: number;
  readonly grants: readonly Card[];
  /** The latest, in brief. */
  readonly requests: readonly Card[];
}

/** GET /chat/api/people?typed=TEXT: who could be meant, at most 10. */
export interface ChatPeople {
  readonly items: readonly { readonly name: string; readonly email: string }[];
}

/** The answer to POST /chat/api/refills { channel, form, values }: the form anew, or null where it stays as it is. */
export interface RefilledForm {
  readonly form: Form | null;
}

/**
 * The answer to POST /chat/api/actions { channel, action, subject, key } and POST /chat/api/forms
 * { channel, form, subject, values, key }. `key` is made by the page for each act (8 to 100 letters,
 * digits and dashes), so that a retry is recognised.
 */
export type { ActAnswer, Ephemeral } from '../act-answer.ts';

/**
 * The answer to POST /chat/api/messages { channel, text, key }, or the same to /chat/api/commands. A
 * line that begins with `/` is a command: it is answered and not stored; any other line is stored and
 * comes back as `message`.
 */
export interface PostAnswer extends ActAnswer {
  readonly message: ChatMessage | null;
}

/**
 * GET /chat/api/stream: server-sent events named `message`; the data is a new or edited ChatMessage.
 * A stream that was interrupted is not continued: after reconnecting, read the channel again.
 */
export type ChatStreamEvent = ChatMessage;
