/** What the sample people would see in Slack, from the request to the summary of the session. */
import { answerMessage } from '../../../src/bot/slack/render/answer.ts';
import { messageOf } from '../../../src/bot/slack/render/blocks.ts';
import { viewOf } from '../../../src/bot/slack/render/form-view.ts';
import { fullViewOf } from '../../../src/bot/slack/render/full-view.ts';
import { homeView } from '../../../src/bot/slack/render/home-view.ts';
import { ALICE, requestView } from '../../unit/bot/views.ts';
import { SAMPLE_CARDS, SAMPLE_CONNECTION, SAMPLE_DENIED, SAMPLE_FORMS } from '../sample-cards.ts';

const PLACE = { channel: 'C012ABCDEF' };

export const SAMPLE_MESSAGES = {
  ...Object.fromEntries(
    Object.entries(SAMPLE_CARDS).map(([name, { channel, card }]) => [name, { channel, ...messageOf(card) }]),
  ),
  connection: {
    channel: 'Sallyport (only visible to you)',
    blocks: answerMessage({ reply: SAMPLE_CONNECTION, form: null })?.blocks ?? [],
  },
};

export const SAMPLE_VIEWS = {
  ask: viewOf(SAMPLE_FORMS.ask, PLACE),
  deny: viewOf(SAMPLE_FORMS.deny, PLACE),
  'in-full': fullViewOf(SAMPLE_CARDS['long-command'].card, PLACE),
  home: homeView({
    decisions: [SAMPLE_CARDS.command.card, SAMPLE_CARDS.request.card],
    decisionsCount: 2,
    now: new Date('2026-11-21T14:11:00Z'),
    grants: [SAMPLE_CARDS.grant.card],
    requests: [requestView({ id: 'r-7k2mzq4a', requester: ALICE }), SAMPLE_DENIED],
  }),
};
