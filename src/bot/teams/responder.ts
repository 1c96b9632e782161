/**
 * Shows an answer to whoever acted, and to nobody else: in their personal chat. In a channel there stands one line that
 * says so, since Teams has no message that only one person sees. Messages stay, so there is never a secret in one.
 */
import { messageOf } from '../../core/errors.ts';
import type { ActAnswer, Ephemeral } from '../act-answer.ts';
import type { BotLogger } from '../bot-context.ts';
import type { Card, CardAction } from '../card.ts';
import { texts } from '../texts/texts.ts';
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
export const CODE_AGAIN: Again = { action: 'show-link-code', subject: 'mine' };

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
      const told = await tell(scene, answer, CODE_AGAIN);
      if (scene.place.kind === 'personal') return;
      const text = told ? texts().teams.answeredPrivately : texts().teams.noPersonalChat;
      const line = { type: 'message', text, summary: text, textFormat: 'plain' } as const;
      // However often somebody writes to us there, cards come through.
      await attempt(logger, 'answer in a channel', () =>
        connector.send(addressIn(scene.place), line, { canWait: true }),
      );
    },
    tell: async (scene, answer, again) => {
      await tell(scene, answer, again);
    },
    replaceForm: async (scene, answer) => {
      const { place, repliesTo } = scene;
      const [activity] = messagesOf(answer, CODE_AGAIN);
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
  const { title, status, show } = texts().teams.secret;
  const button = { kind: 'button', ...again, label: show, style: 'primary' } as const;
  const bare: Card = {
    tone: 'neutral',
    title,
    status,
    fields: [],
    lists: [],
    actions: [],
    fallback: `${title}. ${status}`,
  };
  return { tone: reply.tone, text: '', card: { ...(reply.card ?? bare), actions: [button] }, copyable: [] };
}

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
