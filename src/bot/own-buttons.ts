/** Private answers: a card in one is for a single person, so it offers what it can do for that person. */
import type { Identity } from '../core/identity.ts';
import type { ActAnswer } from './act-answer.ts';
import type { BotContext } from './bot-context.ts';
import { personalView } from './personal-view.ts';

/**
 * The answer without buttons that would refuse whoever gets it, and with why not. Never throws: what the answer is
 * about is done, and every button is judged again when it is pressed.
 */
export async function withOwnButtons(
  bot: BotContext,
  answer: ActAnswer,
  viewer: Identity,
): Promise<ActAnswer> {
  const { reply } = answer;
  if (reply?.card == null) return answer;
  try {
    const { card, missing } = await personalView(bot, { card: reply.card, viewer });
    const text = [reply.text, ...missing].filter((line) => line !== '').join('\n');
    return { ...answer, reply: { ...reply, card, text } };
  } catch (error) {
    bot.logger.error({ err: error, actorId: viewer.id }, 'the buttons of an answer could not be judged');
    return answer;
  }
}
