/**
 * Shows an answer to whoever acted, and to nobody else: in their personal chat. In a channel there stands one line that
 * says so, since Teams has no message that only one person sees. Messages stay, so there is never a secret in one.
 */
import { messageOf } from '../../core/errors.ts';
import type { ActAnswer, Ephemeral } from '../act-answer.ts';
import type { BotLogger } from '../bot-context.ts';
import type { Card, CardAction } from '../card.ts';
import type { Scene } from './activity.ts';
import type { ConversationAddress, OutgoingActivity, TeamsConnector } from './connector.ts';
import type { TeamsConversations } from './conversations.ts';
import { answerCard, formToOpen, holdsSecret } from './render/answer.ts';
import { messageWith } from './render/card.ts';
import { formCard } from './render/form.ts';

export interface Responder {
  /** Answers what was typed. Never throws. */
  answer(scene: Scene, answer: ActAnswer): Promise<void>;
  /** Says in the personal chat what an invoke did not wait for. Never throws. @param again shows a secret in it anew */
  tell(scene: Scene, answer: ActAnswer, again: Again): Promise<void>;
  /** Puts an answer in the place of a form of ours in the personal chat. Never throws. */
  replaceForm(scene: Scene, answer: ActAnswer): Promise<void>;
}

/** The button that a secret is asked for with once more: a message is no place for it. */
export type Again = Pick<Extract<CardAction, { kind: 'button' }>, 'action' | 'subject'>;

/** The one secret that a command brings. */
const CODE: Again = { action: 'show-link-code', subject: 'mine' };

const ANSWERED_PRIVATELY = 'I answered you in our personal chat.';
const NO_PERSONAL_CHAT =
  'I answer privately, and you have no personal chat with me yet: open Apps in Teams, find this app and choose Add, then write to me again.';

export function createResponder(options: {
  readonly connector: Pick<TeamsConnector, 'send' | 'update'>;
  readonly conversations: Pick<TeamsConversations, 'personalWith'>;
  readonly logger: BotLogger;
}): Responder {
  const { connector, conversations, logger } = options;

  const personalOf = async ({ sender, place, tenants }: Scene): Promise<ConversationAddress | null> => {
    if (place.kind === 'personal') return addressIn(place);
    const { aadObjectId: account } = sender;
    if (account === null) return null;
    for (const tenant of tenants) {
      const personal = await conversations.personalWith({ tenant, account });
      if (personal !== null) return personal;
    }
    return null;
  };

  /** @returns whether it was said */
  const sayIn = async (to: ConversationAddress, messages: readonly OutgoingActivity[]): Promise<boolean> => {
    for (const activity of messages) {
      if (!(await attempt(logger, 'answer in private', () => connector.send(to, activity)))) return false;
    }
    return true;
  };

  const tell = async (scene: Scene, answer: ActAnswer, again: Again): Promise<boolean> => {
    let personal: ConversationAddress | null = null;
    await attempt(logger, 'open a personal chat', async () => {
      personal = await personalOf(scene);
    });
    return personal !== null && sayIn(personal, messagesOf(answer, again));
  };

  return {
    answer: async (scene, answer) => {
      const told = await tell(scene, answer, CODE);
      if (scene.place.kind === 'personal') return;
      const text = told ? ANSWERED_PRIVATELY : NO_PERSONAL_CHAT;
      await attempt(logger, 'answer in a channel', () =>
        connector.send(addressIn(scene.place), { type: 'message', text, summary: text, textFormat: 'plain' }),
      );
    },
    tell: async (scene, answer, again) => {
      await tell(scene, answer, again);
    },
    replaceForm: async (scene, answer) => {
      const { place, repliesTo } = scene;
      const [activity] = messagesOf(answer, CODE);
      if (place.kind !== 'personal' || repliesTo === null || activity === undefined) return;
      await attempt(logger, 'replace a form', () => connector.update(addressIn(place), repliesTo, activity));
    },
  };
}

function addressIn({ serviceUrl, thread }: Scene['place']): ConversationAddress {
  return { serviceUrl, conversation: thread };
}

function messagesOf(answer: ActAnswer, again: Again): readonly OutgoingActivity[] {
  const { reply } = answer;
  const form = formToOpen(answer);
  const said = reply === null ? null : holdsSecret(answer) ? withoutSecret(reply, again) : reply;
  return [
    ...(said === null
      ? []
      : [messageWith(answerCard(said, 'message'), said.text || (said.card?.fallback ?? ''))]),
    ...(form === null ? [] : [messageWith(formCard(form, { stage: 'message', problem: null }), form.title)]),
  ];
}

/** What is secret is shown by a button, in a dialog that nobody keeps. */
function withoutSecret(reply: Ephemeral, again: Again): Ephemeral {
  const button = { kind: 'button', ...again, label: 'Show it', style: 'primary' } as const;
  const card: Card = { ...(reply.card ?? SECRET_CARD), actions: [button] };
  return { tone: reply.tone, text: '', card, copyable: [] };
}

const SECRET_CARD: Card = {
  tone: 'neutral',
  title: 'Only for your eyes',
  status: 'Messages are kept, so it is shown by the button.',
  fields: [],
  lists: [],
  actions: [],
  fallback: 'Only for your eyes: open Teams to see it.',
};

/** @returns whether it was done; a failure is logged, since nobody is left to tell */
async function attempt(logger: BotLogger, what: string, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    logger.warn({ reason: messageOf(error) }, `Teams did not ${what}`);
    return false;
  }
}
