/** "Open in full": a card that does not fit into a message, in a modal that shows all of it. */
import type { types } from '@slack/bolt';
import type { ActInput } from '../acts/act.ts';
import { handleAct } from '../acts/handle-act.ts';
import type { BotContext } from '../bot-context.ts';
import { texts } from '../texts/texts.ts';
import type { ViewPlace } from './render/form-view.ts';
import { answerView, fullViewOf } from './render/full-view.ts';

/**
 * The card as it stands now, for whoever may see it: what is agreed to is what this modal shows, by its hash.
 * @param subject of the button: the id, a dot, and the hash or version of what the card showed
 */
export async function openInFull(
  bot: BotContext,
  { subject, place }: { readonly subject: string; readonly place: ViewPlace },
  input: ActInput,
): Promise<types.ModalView> {
  const [id = ''] = subject.split('.', 1);
  const { reply } = await handleAct(bot, { kind: 'command', text: `show ${id}` }, input);
  if (reply?.card?.verbatim) return fullViewOf(reply.card, place);
  const text = texts().shown.notThere;
  const nothing = { tone: 'warning', text, card: null, copyable: [] } as const;
  return answerView(reply ?? nothing, place);
}
