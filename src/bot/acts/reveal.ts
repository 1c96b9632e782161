/**
 * The one answer that carries a secret. It is made for the holder, goes into this answer and nowhere
 * else: not into a message, a card, a log or a table.
 */
import { revealConnection } from '../../access/reveal-connection.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { formatInstant, resourceAsRole } from '../cards/wording.ts';
import { texts } from '../texts/texts.ts';
import type { ActInput } from './act.ts';

export async function revealConnectionOf(
  bot: BotContext,
  grantId: string,
  input: ActInput,
): Promise<ActAnswer> {
  const revealed = await revealConnection(bot.access, {
    grantId,
    by: input.by,
    platform: input.place.platform,
  });
  const { grant } = revealed;
  return {
    reply: {
      tone: 'good',
      text: texts().answers.reveal({
        what: resourceAsRole(grant),
        until: formatInstant(grant.expiresAt),
      }),
      card: null,
      copyable: revealed.commands.map((command) => ({ label: command.client, text: command.text })),
    },
    form: null,
  };
}
