/** What Sallyport needs of a place where people chat. Slack, Teams and our own page each implement it. */
import type { Card } from './card.ts';

export interface ChatPlatform {
  /** Stored with every card copy and vote: never change it. */
  readonly name: string;

  /** False for a channel that is gone, or that this platform never had: its cards go elsewhere. */
  hasChannel(channel: string): Promise<boolean>;

  /**
   * Posts a card once. With a key that was used before nothing new is posted: the first message's
   * reference is returned, and that message shows this card.
   * @param message.threadRef the reference of the message whose thread it belongs to, or null
   * @throws AppError `unavailable` or `rate_limited` when the platform cannot take it now
   */
  post(message: {
    readonly channel: string;
    readonly threadRef: string | null;
    readonly card: Card;
    readonly key: string;
  }): Promise<{ readonly ref: string }>;

  /**
   * Replaces the card of a posted message.
   * @throws AppError `not_found` when the message is gone, `unavailable` or `rate_limited` as above
   */
  update(message: { readonly channel: string; readonly ref: string; readonly card: Card }): Promise<void>;

  /**
   * The private channel between Sallyport and one person.
   * @param personId our own id of the person
   * @returns null when this platform does not know the person
   */
  privateChannelOf(personId: string): Promise<string | null>;
}
