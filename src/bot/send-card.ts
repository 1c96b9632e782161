/** Editing a posted card, and remembering what it shows: what every way of bringing cards up to date shares. */
import { createHash } from 'node:crypto';
import { type CardCopy, saveCardCopies } from '../access/card-copies.ts';
import { isAppError } from '../core/errors.ts';
import type { BotContext } from './bot-context.ts';
import type { Card } from './card.ts';
import type { ChatPlatform } from './platform.ts';

/** Stored while nobody has confirmed what a message shows: behind by any measure. */
export const UNCONFIRMED = { renderedSha256: '', currentAt: new Date(0) } as const;

export function hashOf(card: Card): string {
  return createHash('sha256').update(JSON.stringify(card)).digest('hex');
}

/**
 * Replaces the card of a posted message. A sync that dies in between leaves the copy unconfirmed, so that the
 * next one sends it again.
 * @throws what the platform throws when it cannot be reached
 */
export async function editCard(
  bot: BotContext,
  options: {
    readonly platform: ChatPlatform;
    readonly copy: CardCopy;
    readonly card: Card;
    readonly canWait?: boolean;
  },
): Promise<void> {
  const { platform, copy, card, canWait = false } = options;
  await saveCardCopies(bot.access, [{ ...copy, ...UNCONFIRMED }]);
  try {
    await platform.update({
      ...{ channel: copy.channel, ref: copy.ref, card, canWait },
      of: { subject: copy.subject, id: copy.subjectId },
    });
  } catch (error) {
    if (!isAppError(error, 'not_found')) throw error;
    // Somebody removed the message. The decision stands without it; posting again would be noise.
    const { subject, subjectId: id, channel } = copy;
    bot.logger.warn({ subject, id, platform: platform.name, channel }, 'a posted card is gone');
  }
}
