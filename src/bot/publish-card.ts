/**
 * Brings every copy of a card up to date. A card is always rendered from the stored state, so a sync
 * needs no input but the subject's id and may run twice, late, or on two replicas at once.
 *
 * Ordering that keeps the newest rendering on the screen: read, render, send, and then read again. A
 * sync is over only when what is stored now is what it sent last, so of two that race the later sender
 * finds the newer state and sends once more. The hash of what a message shows is cleared before each
 * send and stored after that last look: a sync that dies in between is made good by the next one.
 */
import { createHash } from 'node:crypto';
import { type CardCopy, listCardCopies, saveCardCopy } from '../access/card-copies.ts';
import type { AccessContext } from '../access/context.ts';
import type { CardPublisher } from '../access/ports.ts';
import { AppError, isAppError } from '../core/errors.ts';
import type { BotContext } from './bot-context.ts';
import type { Card } from './card.ts';
import { CARD_SOURCES, type CardTarget, type RenderedSubject } from './card-sources.ts';
import type { ChatPlatform } from './platform.ts';

/** A subject that still changes after this many rounds is left to the next sync. */
const ROUNDS_MAX = 10;
interface Shown {
  readonly renderedSha256: string;
  /** When the state that it shows was read. */
  readonly currentAt: Date;
}

/** Stored while nobody has confirmed what a message shows: behind by any measure. */
const UNCONFIRMED: Shown = { renderedSha256: '', currentAt: new Date(0) };

/**
 * @returns a publisher whose `syncCard` throws AppError `not_found` for an unknown subject, and what a
 * platform throws when it cannot be reached; the other platforms are brought up to date all the same
 */
export function createCardPublisher(bot: BotContext, platforms: readonly ChatPlatform[]): CardPublisher {
  return {
    syncCard: async (subject, id) => {
      const outcomes = await Promise.allSettled(
        platforms.map((platform) => syncOnPlatform(bot, platform, { subject, id })),
      );
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
  };
}

async function syncOnPlatform(bot: BotContext, platform: ChatPlatform, target: CardTarget): Promise<void> {
  const { access } = bot;
  const known = await listCardCopies(access, target);
  const copies = known.filter((copy) => copy.platform === platform.name);
  /** By channel: the hash of what this sync has sent. */
  const sent = new Map<string, string>();
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const currentAt = access.clock.now();
    const rendered = await CARD_SOURCES[target.subject](access, target.id);
    const sha256 = hashOf(rendered.card);
    if (copies.length === 0) {
      if (rendered.follows !== null) await syncOnPlatform(bot, platform, rendered.follows);
      const copy = await postFirst(access, { target, platform, rendered });
      if (copy === null) return;
      copies.push(copy);
      sent.set(copy.channel, sha256);
      continue;
    }
    const stale = copies.filter((copy) => (sent.get(copy.channel) ?? copy.renderedSha256) !== sha256);
    if (stale.length === 0) {
      for (const copy of copies) await remember(access, copy, { renderedSha256: sha256, currentAt });
      return;
    }
    for (const copy of stale) {
      await edit(bot, { target, platform, copy, card: rendered.card });
      sent.set(copy.channel, sha256);
    }
  }
  throw new AppError(
    'unavailable',
    `The card of ${target.subject} ${target.id} changes faster than it can be shown.`,
  );
}

/** One message for each key, however often and from wherever this is called. */
async function postFirst(
  access: AccessContext,
  options: {
    readonly target: CardTarget;
    readonly platform: ChatPlatform;
    readonly rendered: RenderedSubject;
  },
): Promise<CardCopy | null> {
  const { target, platform, rendered } = options;
  const place = await rendered.placeOn(platform);
  if (place === null) return null;
  const key = `${target.subject}:${target.id}:${platform.name}:${place.channel}`;
  const { ref } = await platform.post({ ...place, card: rendered.card, key });
  const copy = {
    subject: target.subject,
    subjectId: target.id,
    platform: platform.name,
    ...place,
    ref,
    renderedSha256: UNCONFIRMED.renderedSha256,
  };
  await remember(access, copy, UNCONFIRMED);
  return copy;
}

async function edit(
  bot: BotContext,
  options: {
    readonly target: CardTarget;
    readonly platform: ChatPlatform;
    readonly copy: CardCopy;
    readonly card: Card;
  },
): Promise<void> {
  const { target, platform, copy, card } = options;
  await remember(bot.access, copy, UNCONFIRMED);
  try {
    await platform.update({ channel: copy.channel, ref: copy.ref, card });
  } catch (error) {
    if (!isAppError(error, 'not_found')) throw error;
    // Somebody removed the message. The decision stands without it; posting again would be noise.
    bot.logger.warn({ ...target, platform: platform.name, channel: copy.channel }, 'a posted card is gone');
  }
}

async function remember(access: AccessContext, copy: CardCopy, shown: Shown): Promise<void> {
  const { subjectId, ...rest } = copy;
  await saveCardCopy(access, { ...rest, id: subjectId, ...shown });
}

function hashOf(card: Card): string {
  return createHash('sha256').update(JSON.stringify(card)).digest('hex');
}
