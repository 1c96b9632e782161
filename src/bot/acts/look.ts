/** Looking: lists and single cards, for the person who asked alone. */
import { chatHold } from '../../access/chat-hold.ts';
import {
  listGrants,
  listPendingFor,
  listRequests,
  listSessions,
  readGrant,
  readRequest,
  readSession,
} from '../../access/read-access.ts';
import { listHeldFor, readHold } from '../../access/read-holds.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { HANDLE_PATTERN } from '../../core/grant.ts';
import { HOLD_ID_PATTERN } from '../../core/hold.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { grantCard } from '../cards/grant-card.ts';
import { holdCard } from '../cards/hold-card.ts';
import { LIST_ITEMS_MAX } from '../cards/limits.ts';
import { mineCard, pendingCard, sessionsCard } from '../cards/list-cards.ts';
import { requestCard } from '../cards/request-card.ts';
import { sessionCard } from '../cards/session-card.ts';
import type { ActInput } from './act.ts';
import { say } from './answers.ts';

export async function listMine(bot: BotContext, input: ActInput): Promise<ActAnswer> {
  const requests = await listRequests(bot.access, { requesterId: input.by.id, limit: LIST_ITEMS_MAX });
  const grants = await listGrants(bot.access, { holderId: input.by.id, live: true, limit: LIST_ITEMS_MAX });
  return say('neutral', '', mineCard({ requests, grants }));
}

export async function listPending(bot: BotContext, input: ActInput): Promise<ActAnswer> {
  const requests = await listPendingFor(bot.access, { voter: input.by });
  const held = await listHeldFor(bot.access, { voter: input.by });
  const holds = held.map((hold) => chatHold(bot.access, hold));
  return say('neutral', '', pendingCard({ requests, holds }, bot.access.settings));
}

/** `show ID`: what the ID's form says it is; a grant's card only to its holder, to others its request's. */
export async function showAnything(bot: BotContext, id: string, input: ActInput): Promise<ActAnswer> {
  if (HANDLE_PATTERN.test(id)) {
    const grant = await readGrant(bot.access, { id });
    if (grant.holder.id === input.by.id) return say('neutral', '', grantCard(grant));
    return showRequest(bot, grant.requestId);
  }
  if (HOLD_ID_PATTERN.test(id)) {
    const hold = chatHold(bot.access, await readHold(bot.access, { id, viewer: input.by }));
    return say('neutral', '', holdCard(hold, bot.access.settings));
  }
  try {
    return await showRequest(bot, id);
  } catch (error) {
    if (!isAppError(error, 'not_found')) throw error;
  }
  try {
    return await showSession(bot, id, input);
  } catch (error) {
    if (!isAppError(error, 'not_found')) throw error;
    throw new AppError('not_found', `There is no request, access or session ${id}.`, { cause: error });
  }
}

/** The session's card, whose button opens the replay. */
export async function showSession(bot: BotContext, id: string, input: ActInput): Promise<ActAnswer> {
  const session = await readSession(bot.access, { id, viewer: input.by });
  return say('neutral', '', sessionCard(session, bot.access.settings));
}

export async function listSessionsOf(
  bot: BotContext,
  search: string | null,
  input: ActInput,
): Promise<ActAnswer> {
  const sessions = await listSessions(bot.access, {
    viewer: input.by,
    limit: LIST_ITEMS_MAX,
    ...(search === null ? {} : { search }),
  });
  return say('neutral', '', sessionsCard(sessions, { ...bot.access.settings, search }));
}

async function showRequest(bot: BotContext, id: string): Promise<ActAnswer> {
  const request = await readRequest(bot.access, { id });
  return say('neutral', '', requestCard(request, bot.access.settings));
}
