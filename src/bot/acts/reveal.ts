/**
 * The one answer that carries a secret. It is made for the holder, goes into this answer and nowhere
 * else: not into a message, a card, a log or a table.
 */
import { revealConnection } from '../../access/reveal-connection.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { formatInstant } from '../cards/wording.ts';
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
      text: `Only you see this, and only now: ${grant.resource} as ${grant.role}, until ${formatInstant(grant.expiresAt)}. Revealing again makes a new password.`,
      card: null,
      copyable: revealed.commands.map((command) => ({ label: command.client, text: command.text })),
    },
    form: null,
  };
}
