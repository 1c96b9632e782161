/**
 * The cards of live sessions, together: their counts move all the time, so each is looked at once in an
 * interval, however often it changes, and all of a batch are read with a fixed number of queries. As with a
 * single card (publish-card.ts), one is over only when what is stored now is what it was sent last.
 */

import type { CardCopy } from '../access/card-copies.ts';
import {
  confirmCardCopies,
  listCardCopies,
  listSessionsToShow,
  saveCardCopies,
} from '../access/card-copies.ts';
import { readSessions } from '../access/read-access.ts';
import { after } from '../core/clock.ts';
import { isAppError } from '../core/errors.ts';
import type { BotContext } from './bot-context.ts';
import type { Card } from './card.ts';
import { sessionCard } from './cards/session-card.ts';
import type { ChatPlatform } from './platform.ts';
import { editCard, hashOf, UNCONFIRMED } from './send-card.ts';

/** A live session's card is at most about this old. */
export const SESSION_CARD_INTERVAL_MS = 15_000;
/** Sessions of one run: what is left over is the first of the next. */
const SESSIONS_MAX = 200;
/** One that still changes after this many rounds is left to the next run. */
const ROUNDS_MAX = 3;

export async function refreshSessions(bot: BotContext, platforms: readonly ChatPlatform[]): Promise<void> {
  const { access } = bot;
  const before = after(access.clock.now(), -SESSION_CARD_INTERVAL_MS);
  const ids = await listSessionsToShow(access, { before, limit: SESSIONS_MAX });
  if (ids.length === 0) return;
  const byName = new Map(platforms.map((platform) => [platform.name, platform]));
  const copies = await listCardCopies(access, { subject: 'session', ids });
  let open = copies.filter((copy) => byName.has(copy.platform));
  const sent = new Map<CardCopy, string>();
  /** Platforms that take no more for now: what is left over is the first of the next run. */
  const busy = new Set<string>();
  for (let round = 0; round < ROUNDS_MAX && open.length > 0; round += 1) {
    const seen = await look(bot, open);
    const { current, behind } = sorted(open, sent, seen.cards);
    await confirm(bot, { current, sent, readAt: seen.readAt });
    for (const { copy, shown } of behind) {
      const platform = byName.get(copy.platform);
      if (platform === undefined || busy.has(copy.platform)) continue;
      if (await editUnlessBusy(bot, { platform, copy, shown, readAt: seen.readAt }))
        sent.set(copy, shown.sha256);
      else busy.add(copy.platform);
    }
    open = behind.map(({ copy }) => copy).filter((copy) => sent.has(copy) || !busy.has(copy.platform));
  }
}

/** @returns false when the platform asked us to slow down: the copy shows what it showed, and its turn comes again */
async function editUnlessBusy(
  bot: BotContext,
  edit: {
    readonly platform: ChatPlatform;
    readonly copy: CardCopy;
    readonly shown: Shown;
    readonly readAt: Date;
  },
): Promise<boolean> {
  const { platform, copy, shown, readAt } = edit;
  try {
    await editCard(bot, { platform, copy, card: shown.card, canWait: true });
    return true;
  } catch (error) {
    if (!isAppError(error, 'rate_limited')) throw error;
    // Behind, and not so far behind that the sweep would try at once what was just refused.
    const currentAt = after(readAt, -SESSION_CARD_INTERVAL_MS);
    await saveCardCopies(bot.access, [{ ...copy, renderedSha256: UNCONFIRMED.renderedSha256, currentAt }]);
    return false;
  }
}

interface Shown {
  readonly card: Card;
  readonly sha256: string;
}

/** What the cards should show now, by session. */
async function look(
  { access }: BotContext,
  copies: readonly CardCopy[],
): Promise<{ readonly readAt: Date; readonly cards: ReadonlyMap<string, Shown> }> {
  const readAt = access.clock.now();
  const sessions = await readSessions(access, { ids: [...new Set(copies.map((copy) => copy.subjectId))] });
  const cards = sessions.map((session): [string, Shown] => {
    const card = sessionCard(session, access.settings);
    return [session.id, { card, sha256: hashOf(card) }];
  });
  return { readAt, cards: new Map(cards) };
}

function sorted(
  copies: readonly CardCopy[],
  sent: ReadonlyMap<CardCopy, string>,
  cards: ReadonlyMap<string, Shown>,
): { current: CardCopy[]; behind: { copy: CardCopy; shown: Shown }[] } {
  const current: CardCopy[] = [];
  const behind: { copy: CardCopy; shown: Shown }[] = [];
  for (const copy of copies) {
    const shown = cards.get(copy.subjectId);
    if (shown === undefined) continue;
    if ((sent.get(copy) ?? copy.renderedSha256) === shown.sha256) current.push(copy);
    else behind.push({ copy, shown });
  }
  return { current, behind };
}

async function confirm(
  { access }: BotContext,
  options: {
    readonly current: readonly CardCopy[];
    readonly sent: ReadonlyMap<CardCopy, string>;
    readonly readAt: Date;
  },
): Promise<void> {
  const { current, sent, readAt: currentAt } = options;
  await confirmCardCopies(access, { copies: current.filter((copy) => !sent.has(copy)), currentAt });
  const edited = current.flatMap((copy) => {
    const renderedSha256 = sent.get(copy);
    return renderedSha256 === undefined ? [] : [{ ...copy, renderedSha256, currentAt }];
  });
  await saveCardCopies(access, edited);
}
