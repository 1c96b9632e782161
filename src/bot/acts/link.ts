/**
 * Linking a chat account, for platforms whose accounts are not sign-ins. Asking for a link needs nobody to be known
 * yet; everything else that an unlinked account does is answered with how to link it.
 */
import { z } from 'zod';
import { beginLink, showLinkCode } from '../../access/linking/begin-link.ts';
import { listLinkedChatAccounts, unlinkAccount } from '../../access/linking/unlink.ts';
import type { ChatAccount } from '../../core/chat-account.ts';
import { AppError } from '../../core/errors.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import {
  accountInWords,
  accountsCard,
  linkCard,
  linkCodeCard,
  unlinkedCard,
} from '../cards/chat-account-cards.ts';
import { helpCard } from '../cards/help-card.ts';
import type { LinkCommand } from '../commands/command.ts';
import { parseCommand } from '../commands/parse-command.ts';
import { COMMANDS } from '../commands/table.ts';
import { texts } from '../texts/texts.ts';
import type { Act, ActInput } from './act.ts';
import { say } from './answers.ts';

const SUBJECT = z.tuple([z.string(), z.string(), z.string()]);

/** `link` and `link code`, by somebody who is known. What is linked to them already is shown first. */
export async function linkOf(bot: BotContext, command: LinkCommand, input: ActInput): Promise<ActAnswer> {
  if (command.what === 'code') return showCodeOf(bot, input);
  const accounts = await listLinkedChatAccounts(bot.access, { by: input.by });
  return say('neutral', '', accountsCard(accounts, { here: input.account ?? null }));
}

export async function linkAnew(bot: BotContext, _subject: string, input: ActInput): Promise<ActAnswer> {
  return begin(bot, requireAccount(input));
}

export async function showCode(bot: BotContext, _subject: string, input: ActInput): Promise<ActAnswer> {
  return showCodeOf(bot, input);
}

export async function unlinkOf(bot: BotContext, subject: string, input: ActInput): Promise<ActAnswer> {
  const [platform, tenant, account] = parseSubject(subject);
  const unlinked = await unlinkAccount(bot.access, { account: { platform, tenant, account }, by: input.by });
  return say('good', texts().accounts.unlinkedNow(accountInWords(unlinked)));
}

/**
 * What somebody gets whose account is linked to nobody: a link, its code, the help, or how to link it. The platform
 * has refused guests, bots and strangers before.
 * @throws AppError with what the person has to know; see `handleUnlinkedAct`
 */
export async function performUnlinked(bot: BotContext, act: Act, account: ChatAccount): Promise<ActAnswer> {
  if (act.kind === 'action' && act.action === 'show-link-code') return code(bot, account);
  if (act.kind === 'action' && act.action === 'link-account') return begin(bot, account);
  // A link that waits is not replaced by anything but the wish for another.
  if (act.kind !== 'command') return notLinked(account);
  const command = parseCommand(act.text);
  if (command.name === 'help') return say('neutral', '', helpCard(COMMANDS, null));
  if (command.name !== 'link') return notLinked(account);
  return command.what === 'code' ? code(bot, account) : begin(bot, account);
}

function notLinked(account: ChatAccount): ActAnswer {
  return say('warning', texts().accounts.unlinked.nothingDone, unlinkedCard(account));
}

async function showCodeOf(bot: BotContext, input: ActInput): Promise<ActAnswer> {
  return code(bot, requireAccount(input));
}

async function begin(bot: BotContext, account: ChatAccount): Promise<ActAnswer> {
  const link = await beginLink(bot.access, { account });
  return say('waiting', '', linkCard({ ...link, account }));
}

/** The code stands in this answer and nowhere else. */
async function code(bot: BotContext, account: ChatAccount): Promise<ActAnswer> {
  const shown = await showLinkCode(bot.access, { account });
  const answer = say('warning', '', linkCodeCard(shown));
  const copyable = [{ label: texts().accounts.code.copy, text: shown.code.reveal() }];
  return { ...answer, reply: answer.reply === null ? null : { ...answer.reply, copyable } };
}

function requireAccount({ account }: ActInput): ChatAccount {
  if (account === undefined) {
    throw new AppError('invalid_input', texts().accounts.signedInHere);
  }
  return account;
}

function parseSubject(subject: string): z.output<typeof SUBJECT> {
  try {
    return SUBJECT.parse(JSON.parse(subject));
  } catch (error) {
    throw new AppError('invalid_input', texts().problems.notMyButton, { cause: error });
  }
}
