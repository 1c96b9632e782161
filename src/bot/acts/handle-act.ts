/**
 * The one way in for everything people do in chat. Rights and state are looked up by the use cases at
 * every act; whatever happens, the person gets an answer, and never a stack.
 */

import type { ChatAccount } from '../../core/chat-account.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { base32 } from '../../core/grant.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { parseCommand } from '../commands/parse-command.ts';
import { withOwnButtons } from '../own-buttons.ts';
import { inLanguageOf, texts } from '../texts/texts.ts';
import type { Act, ActInput } from './act.ts';
import { runAction } from './actions.ts';
import { say, sayError } from './answers.ts';
import { runCommand } from './commands.ts';
import { submitForm } from './forms.ts';
import { performUnlinked } from './link.ts';

const KEY_CHARACTERS_MAX = 100;
const REFERENCE_BYTES = 5;

/** @returns the answer for the person who acted, with the buttons that do something for them; never throws */
export async function handleAct(bot: BotContext, act: Act, input: ActInput): Promise<ActAnswer> {
  const facts = { act: act.kind, actorId: input.by.id };
  return inLanguageOf(bot.access, async () => {
    const answer = await answering(bot, facts, () => perform(bot, act, input));
    return withOwnButtons(bot, answer, input.by);
  });
}

/**
 * The same for an account that is linked to nobody: it can be linked, and nothing else. Guests, bots and strangers
 * are refused by the platform before.
 */
export async function handleUnlinkedAct(bot: BotContext, act: Act, account: ChatAccount): Promise<ActAnswer> {
  const facts = { act: act.kind, account: account.account };
  return inLanguageOf(bot.access, () => answering(bot, facts, () => performUnlinked(bot, act, account)));
}

async function answering(bot: BotContext, facts: object, work: () => Promise<ActAnswer>): Promise<ActAnswer> {
  try {
    return await work();
  } catch (error) {
    if (isAppError(error) && error.code !== 'internal') return sayError(error);
    const reference = base32(bot.access.random(REFERENCE_BYTES));
    bot.logger.error({ err: error, reference, ...facts }, 'an act in chat failed');
    return say('bad', texts().problems.failed(reference));
  }
}

async function perform(bot: BotContext, act: Act, input: ActInput): Promise<ActAnswer> {
  if (input.key === '' || input.key.length > KEY_CHARACTERS_MAX) {
    throw new AppError('invalid_input', texts().problems.keyOfAct(KEY_CHARACTERS_MAX));
  }
  refuseNullCharacters(act);
  switch (act.kind) {
    case 'command':
      return runCommand(bot, parseCommand(act.text), input);
    case 'action':
      return runAction(bot, act, input);
    case 'form':
      return submitForm(bot, act, input);
  }
}

/** U+0000 is the one character that cannot be stored, and nobody types it. */
function refuseNullCharacters(act: Act): void {
  const given =
    act.kind === 'command'
      ? [act.text]
      : [act.subject, ...(act.kind === 'form' ? [...act.values].flat() : [])];
  if (given.some((text) => text.includes('\0'))) {
    throw new AppError('invalid_input', texts().problems.nullCharacter);
  }
}
