/** A session's masked transcript and recording, from the buttons of its card. */
import { askForSessionDocument, type SessionDocument } from '../../access/documents.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { documentCard } from '../cards/incident-cards.ts';
import { replayUrl } from '../cards/session-card.ts';
import { texts } from '../texts/texts.ts';
import type { ActInput } from './act.ts';
import { say } from './answers.ts';

export function attach(kind: SessionDocument) {
  return async (bot: BotContext, sessionId: string, input: ActInput): Promise<ActAnswer> => {
    const words = texts().documents;
    const { by, place, key } = input;
    const { platform, channel } = place;
    const idempotencyKey = `${platform}:${key}`;
    const asked = { kind, sessionId, by, platform, channel, idempotencyKey };
    if ((await askForSessionDocument(bot.access, asked)) === 'posted') {
      return say('good', words.posted[kind](sessionId));
    }
    const url = replayUrl(sessionId, bot.access.settings.publicUrl);
    const title = words.titles[kind](sessionId);
    return say('neutral', '', documentCard({ title, why: words.notHere, url }));
  };
}
