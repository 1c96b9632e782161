/**
 * Brings every copy of a card up to date. A card is always rendered from the stored state, so a sync
 * needs no input but the subject's id and may run twice, late, or on two replicas at once.
 *
 * Ordering that keeps the newest rendering on the screen: read, render, send, and then read again. A
 * sync is over only when what is stored now is what it sent last, so of two that race the later sender
 * finds the newer state and sends once more. The hash of what a message shows is cleared before each
 * send and stored after that last look: a sync that dies in between is made good by the next one.
 */
import { type CardCopy, listCardCopies, saveCardCopies } from '../access/card-copies.ts';
import type { AccessContext } from '../access/context.ts';
import type { CardPublisher } from '../access/ports.ts';
import { AppError } from '../core/errors.ts';
import type { BotContext } from './bot-context.ts';
import type { Card } from './card.ts';
import { CARD_SOURCES, type CardPlace, type CardTarget } from './card-sources.ts';
import { withTimeLeft } from './cards/time-left.ts';
import type { ChatPlatform } from './platform.ts';
import { refreshSessions } from './refresh-sessions.ts';
import { editCard, hashOf, UNCONFIRMED } from './send-card.ts';
import { inLanguageOf } from './texts/texts.ts';

/** A subject that still changes after this many rounds is left to the next sync. */
const ROUNDS_MAX = 10;

/**
 * @returns a publisher whose `syncCard` throws AppError `not_found` for an unknown subject, and what a
 * platform throws when it cannot be reached; the other platforms are brought up to date all the same
 */
export function createCardPublisher(bot: BotContext, platforms: readonly ChatPlatform[]): CardPublisher {
  return {
    syncCard: async (subject, id) => {
      const outcomes = await Promise.allSettled(
        platforms.map((platform) =>
          inLanguageOf(bot.access, () => syncOnPlatform(bot, platform, { subject, id })),
        ),
      );
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
    refreshSessions: () => inLanguageOf(bot.access, () => refreshSessions(bot, platforms)),
  };
}

async function syncOnPlatform(bot: BotContext, platform: ChatPlatform, target: CardTarget): Promise<void> {
  const { access } = bot;
  const known = await listCardCopies(access, { subject: target.subject, ids: [target.id] });
  const copies = known.filter((copy) => copy.platform === platform.name);
  /** By channel: the hash of what this sync has sent. */
  const sent = new Map<string, string>();
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const currentAt = access.clock.now();
    const rendered = await CARD_SOURCES[target.subject](access, target.id);
    const isCounted = rendered.countsDown === true && platform.countsByEdits === true;
    const card = isCounted ? withTimeLeft(rendered.card, currentAt) : rendered.card;
    const sha256 = hashOf(card);
    if (round === 0 && (copies.length === 0 || rendered.everywhere)) {
      if (copies.length === 0 && rendered.follows !== null) {
        await syncOnPlatform(bot, platform, rendered.follows);
      }
      const places = await rendered.placesOn(platform);
      const missing = places.filter(({ channel }) => copies.every((copy) => copy.channel !== channel));
      if (copies.length === 0 && missing.length === 0) return;
      for (const place of missing) {
        copies.push(await postFirst(access, { target, platform, place, card }));
        sent.set(place.channel, sha256);
      }
      if (missing.length > 0) continue;
    }
    const stale = copies.filter((copy) => (sent.get(copy.channel) ?? copy.renderedSha256) !== sha256);
    if (stale.length === 0) {
      await saveCardCopies(
        access,
        copies.map((copy) => ({ ...copy, renderedSha256: sha256, currentAt })),
      );
      return;
    }
    const failures: unknown[] = [];
    for (const copy of stale) {
      try {
        await editCard(bot, { platform, copy, card });
        sent.set(copy.channel, sha256);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
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
    readonly place: CardPlace;
    readonly card: Card;
  },
): Promise<CardCopy> {
  const { target, platform, place, card } = options;
  const key = `${target.subject}:${target.id}:${platform.name}:${place.channel}`;
  const { ref } = await platform.post({ ...place, card, of: target, key });
  const copy = {
    subject: target.subject,
    subjectId: target.id,
    platform: platform.name,
    ...place,
    ref,
    ...UNCONFIRMED,
  };
  await saveCardCopies(access, [copy]);
  return copy;
}
