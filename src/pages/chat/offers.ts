/**
 * Which buttons of which messages are for whoever looks. Pure: what the server said, of which version of a message.
 */
import type { CardAction } from '../../bot/card.ts';
import type { ChatMessage, MessageOffers } from '../../bot/web/wire.ts';

/** What is known of one message's buttons. */
export interface Offers {
  /** The buttons that it is known of; null for all. A button that came with an edit is not known yet. */
  readonly judged: ReadonlySet<string> | null;
  readonly withheld: ReadonlySet<string>;
  readonly missing: readonly string[];
}

/** By message. */
export type KnownOffers = Readonly<Record<string, Offers & { readonly of: string }>>;

/** Where the server does not say, everything is offered: it judges every act anyway. */
export const EVERYTHING: Offers = { judged: null, withheld: new Set(), missing: [] };

/** Messages whose buttons have not been asked about as they are now. */
export function unasked(messages: readonly ChatMessage[], known: KnownOffers): readonly ChatMessage[] {
  return messages.filter((message) => hasButtons(message) && known[message.id]?.of !== versionOf(message));
}

/** With the answer about these messages; of what it leaves out everything is offered. */
export function withAnswer(
  before: KnownOffers,
  asked: readonly ChatMessage[],
  items: readonly MessageOffers[],
): KnownOffers {
  const answers = new Map(items.map((item) => [item.message, item]));
  const fresh = asked.map((message) => {
    const item = answers.get(message.id);
    const { withheld, missing } = item ?? { withheld: [], missing: [] };
    const judged = new Set(message.card?.actions.map(keyOf));
    const offers = { judged, withheld: new Set(withheld), missing, of: versionOf(message) };
    return [message.id, offers] as const;
  });
  return { ...before, ...Object.fromEntries(fresh) };
}

/** The actions that are left. */
export function offered(actions: readonly CardAction[], { judged, withheld }: Offers): readonly CardAction[] {
  return actions.filter((action) => {
    if (action.kind === 'link') return true;
    const key = keyOf(action);
    return !withheld.has(key) && (judged === null || judged.has(key));
  });
}

function keyOf(action: CardAction): string {
  return action.kind === 'link' ? action.url : `${action.action} ${action.subject}`;
}

export function hasButtons({ card }: ChatMessage): boolean {
  return card?.actions.some(({ kind }) => kind === 'button') === true;
}

function versionOf({ editedAt }: ChatMessage): string {
  return editedAt ?? '';
}
