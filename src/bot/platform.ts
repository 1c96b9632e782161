/** What Sallyport needs of a place where people chat. Slack, Teams and our own page each implement it. */
import type { CardSubject } from '../access/ports.ts';
import type { ChatAccountKey } from '../core/chat-account.ts';
import type { Card } from './card.ts';

/** By which a platform that shows people their own views of a card asks for them. */
export interface CardOf {
  readonly subject: CardSubject;
  readonly id: string;
}

export interface ChatPlatform {
  /** Stored with every card copy and vote: never change it. */
  readonly name: string;

  /** True where messages cannot count down by themselves: what is about to lapse is edited once a minute. */
  readonly countsByEdits?: true;

  /**
   * The key of a channel that is given by its name or by its key: what copies of cards and origins of
   * requests are stored under, so that one channel never gets two copies.
   * @returns null for a channel that is gone, or that this platform never had: its cards go elsewhere
   * @throws AppError `unavailable` or `rate_limited` when the platform cannot say now
   */
  resolveChannel(channel: string): Promise<string | null>;

  /** What people call a channel, without a mark before it; its key where the platform does not know it. */
  nameOf(channel: string): Promise<string>;

  /**
   * Posts a card once. With a key that was used before nothing new is posted: the first message's
   * reference is returned, and that message shows this card.
   * @param message.threadRef the reference of the message whose thread it belongs to, or null
   * @param message.of what it is the card of; absent for what has no state, such as a document
   * @throws AppError `unavailable` or `rate_limited` when the platform cannot take it now
   */
  post(message: {
    readonly channel: string;
    readonly threadRef: string | null;
    readonly card: Card;
    readonly of?: CardOf;
    readonly key: string;
  }): Promise<{ readonly ref: string }>;

  /**
   * Replaces the card of a posted message.
   * @param message.canWait it is edited again soon anyway: what people wait for goes first
   * @throws AppError `not_found` when the message is gone; `unavailable`; `rate_limited` when it surely shows what
   *   it showed before
   */
  update(message: {
    readonly channel: string;
    readonly ref: string;
    readonly card: Card;
    readonly of?: CardOf;
    readonly canWait?: boolean;
  }): Promise<void>;

  /**
   * The private channel between Sallyport and one person.
   * @param personId our own id of the person
   * @returns null when this platform does not know the person
   */
  privateChannelOf(personId: string): Promise<string | null>;

  /**
   * The private channel between Sallyport and one account, whoever it is linked to. Absent where people sign in
   * themselves.
   * @returns null when this platform does not know the account
   */
  privateChannelOfAccount?(account: ChatAccountKey): Promise<string | null>;

  /**
   * Posts a file once for each key. A platform without it cannot hold files: link to them instead.
   * @param file.threadRef as for `post`
   * @param file.name with its extension; `title` is what people read
   * @throws as `post`
   */
  upload?(file: {
    readonly channel: string;
    readonly threadRef: string | null;
    readonly name: string;
    readonly title: string;
    readonly bytes: Uint8Array;
    readonly key: string;
  }): Promise<{ readonly ref: string }>;

  /**
   * @param channel.invite our own ids of the people to bring in; those it does not know are left out
   * @returns its key, and the name that it was given
   * @throws AppError `conflict` when the name is taken, `forbidden` when we may not, and as `post`
   */
  createChannel?(channel: {
    readonly name: string;
    readonly topic: string;
    readonly invite: readonly string[];
  }): Promise<{ readonly channel: string; readonly name: string }>;

  /** Keeps a channel from being written in; what is in it stays. Once closed, closing it again does nothing. */
  closeChannel?(channel: string): Promise<void>;
}
