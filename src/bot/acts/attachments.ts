/** A session's masked transcript and recording, from the buttons of its card. */
import { askForSessionDocument, type SessionDocument } from '../../access/documents.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { documentCard } from '../cards/incident-cards.ts';
import { replayUrl } from '../cards/session-card.ts';
import type { ActInput } from './act.ts';
import { say } from './answers.ts';

const TITLES: Readonly<Record<SessionDocument, string>> = {
  transcript: 'Transcript',
  recording: 'Recording',
};

export function attach(kind: SessionDocument) {
  return async (bot: BotContext, sessionId: string, input: ActInput): Promise<ActAnswer> => {
    const { by, place, key } = input;
    const { platform, channel } = place;
    const idempotencyKey = `${platform}:${key}`;
    const asked = { kind, sessionId, by, platform, channel, idempotencyKey };
    if ((await askForSessionDocument(bot.access, asked)) === 'posted') {
      return say('good', `The ${kind} of ${sessionId} goes into the thread of its card.`);
    }
    const url = replayUrl(sessionId, bot.access.settings.publicUrl);
    const why = 'It is not posted here. You sign in, and see it because you may see the session.';
    return say('neutral', '', documentCard({ title: `${TITLES[kind]} of ${sessionId}`, why, url }));
  };
}
