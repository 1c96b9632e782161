/** What the sample people would see in Teams, from the request to the summary of the session. */
import { answerCard } from '../../../src/bot/teams/render/answer.ts';
import { type CardView, cardIn, cardInFull } from '../../../src/bot/teams/render/card.ts';
import { formCard } from '../../../src/bot/teams/render/form.ts';
import { SAMPLE_CARDS, SAMPLE_CONNECTION, SAMPLE_FORMS } from '../sample-cards.ts';

export interface Drawn {
  /** The channel that it stands in, or the title of the dialog. */
  readonly title: string;
  readonly kind: 'message' | 'dialog';
  readonly card: object;
  /** The title of a button whose card is to be open. */
  readonly unfold?: string;
}

const OWN: CardView = { kind: 'own', stage: 'message' };
const SHARED: CardView = { kind: 'shared', target: 'request:r-abcd2345', userIds: [] };
const NEW = { stage: 'dialog', problem: null } as const;

export const SAMPLES: Readonly<Record<string, Drawn>> = {
  ...Object.fromEntries(
    Object.entries(SAMPLE_CARDS).map(([name, { channel, card }]) => [
      name,
      { title: channel.replace('#', ''), kind: 'message', card: cardIn(card, OWN) },
    ]),
  ),
  deny: {
    title: 'inc-checkout',
    kind: 'message',
    card: cardIn(SAMPLE_CARDS.request.card, OWN),
    unfold: 'Deny',
  },
  everybody: { title: 'inc-checkout', kind: 'message', card: cardIn(SAMPLE_CARDS.request.card, SHARED) },
  connection: { title: 'Connection', kind: 'dialog', card: answerCard(SAMPLE_CONNECTION, 'dialog') },
  ask: { title: SAMPLE_FORMS.ask.title, kind: 'dialog', card: formCard(SAMPLE_FORMS.ask, NEW) },
  'in-full': {
    title: 'Read in full',
    kind: 'dialog',
    card: cardInFull(SAMPLE_CARDS['long-command'].card),
  },
};
