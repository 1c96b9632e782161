/** The page of what is there for one person, as cards. */
import type { RequestView } from '../../access/views.ts';
import type { Person } from '../../core/identity.ts';
import type { BotContext } from '../bot-context.ts';
import type { Card } from '../card.ts';
import { requestLine } from '../cards/list-cards.ts';
import { requestUrl } from '../cards/request-card.ts';
import { ownRequestActions, readHomeContents } from '../home.ts';
import { personalViews } from '../personal-view.ts';
import { texts } from '../texts/texts.ts';
import type { ChatHome } from './wire.ts';

export async function readWebHome(bot: BotContext, { by }: { readonly by: Person }): Promise<ChatHome> {
  const { decisions, decisionsCount, grants, requests } = await readHomeContents(bot, { by });
  const { publicUrl } = bot.access.settings;
  const cards = requests.map((request) => requestInBrief(request, publicUrl));
  const views = await personalViews(bot, { cards, viewer: by });
  return { decisions, decisionsCount, grants, requests: views.map(({ card }) => card) };
}

function requestInBrief(request: RequestView, publicUrl: string): Card {
  const { text, detail = '', tone = 'neutral' } = requestLine(request);
  const countdown =
    request.state === 'pending'
      ? [{ label: texts().labels.lapses, value: '', countdownTo: request.lapsesAt.toISOString() }]
      : [];
  return {
    tone,
    title: text,
    status: detail,
    fields: countdown,
    lists: [],
    actions: [
      ...ownRequestActions(request),
      { kind: 'link', label: texts().buttons.details, url: requestUrl(request.id, publicUrl) },
    ],
    fallback: `${text}. ${detail}`,
  };
}
