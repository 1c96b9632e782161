/**
 * Messages are the same for everybody in a channel; what their buttons are to one person is asked for apart, and only
 * for what that person has on screen.
 */
import { readChatMessages } from '../../access/web-chat.ts';
import type { Person } from '../../core/identity.ts';
import type { BotContext } from '../bot-context.ts';
import type { Card } from '../card.ts';
import { type ButtonKey, type PersonalView, personalViews, withheldOf } from '../personal-view.ts';
import { readStoredCard } from './stored-card.ts';
import type { ButtonOffers, ChatOffers } from './wire.ts';

export async function readOffers(
  bot: BotContext,
  asked: { readonly channel: string; readonly viewer: Person; readonly ids: readonly string[] },
): Promise<ChatOffers> {
  const { channel, viewer, ids } = asked;
  const messages = await readChatMessages(bot.access, { channel, viewerId: viewer.id, ids });
  const shown = messages.flatMap(({ id, card: stored }) => {
    const card = readStoredCard(stored);
    return card === null ? [] : [{ id, card }];
  });
  const views = await personalViews(bot, { cards: shown.map(({ card }) => card), viewer });
  return {
    items: shown.flatMap(({ id, card }, index) => {
      const view = views[index];
      return view === undefined
        ? []
        : [{ message: id, withheld: withheldFrom(card, view), missing: view.missing }];
    }),
  };
}

/** For pages that have buttons of their own. */
export async function readButtonOffers(
  bot: BotContext,
  asked: { readonly buttons: readonly ButtonKey[]; readonly viewer: Person },
): Promise<ButtonOffers> {
  const { withheld, missing } = await withheldOf(bot, asked);
  return { withheld: withheld.map(nameOf), missing };
}

function withheldFrom(card: Card, view: PersonalView): readonly string[] {
  return card.actions
    .filter((action) => !view.card.actions.includes(action))
    .flatMap((action) => (action.kind === 'link' ? [] : [nameOf(action)]));
}

function nameOf({ action, subject }: ButtonKey): string {
  return `${action} ${subject}`;
}
