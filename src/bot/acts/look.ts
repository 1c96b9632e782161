/** Looking: lists and single cards, for the person who asked alone. */
import { chatHold } from '../../access/chat-hold.ts';
import { listChangesFor, listHeldFor, listPendingFor, listReviewsFor } from '../../access/list-pending.ts';
import { listGrants, listRequests, readGrant, readRequest, readSession } from '../../access/read-access.ts';
import { readHold } from '../../access/read-holds.ts';
import { readPolicyChange } from '../../access/read-policy-changes.ts';
import { readReview } from '../../access/reviews.ts';
import { searchSessions } from '../../access/search/search-sessions.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { HANDLE_PATTERN } from '../../core/grant.ts';
import { HOLD_ID_PATTERN } from '../../core/hold.ts';
import type { Identity } from '../../core/identity.ts';
import { POLICY_CHANGE_ID_PATTERN } from '../../core/policy-change.ts';
import { REVIEW_ID_PATTERN } from '../../core/review.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import { grantCard } from '../cards/grant-card.ts';
import { holdCard } from '../cards/hold-card.ts';
import { LIST_ITEMS_MAX } from '../cards/limits.ts';
import { mineCard, pendingCard, sessionsCard, type Waiting } from '../cards/list-cards.ts';
import { policyChangeCard } from '../cards/policy-change-card.ts';
import { reviewCard } from '../cards/review-card.ts';
import { sessionCard } from '../cards/session-card.ts';
import { renderRequest } from '../render-request.ts';
import { texts } from '../texts/texts.ts';
import type { ActInput } from './act.ts';
import { say } from './answers.ts';

export async function listMine(bot: BotContext, input: ActInput): Promise<ActAnswer> {
  const requests = await listRequests(bot.access, { requesterId: input.by.id, limit: LIST_ITEMS_MAX });
  const grants = await listGrants(bot.access, { holderId: input.by.id, live: true, limit: LIST_ITEMS_MAX });
  return say('neutral', '', mineCard({ requests, grants }));
}

export async function listPending(bot: BotContext, input: ActInput): Promise<ActAnswer> {
  return say('neutral', '', pendingCard(await waitingFor(bot, input.by), bot.access.settings));
}

/** All that this voter may still decide about. */
export async function waitingFor({ access }: BotContext, voter: Identity): Promise<Waiting> {
  const requests = await listPendingFor(access, { voter });
  const held = await listHeldFor(access, { voter });
  const changes = await listChangesFor(access, { voter });
  const reviews = await listReviewsFor(access, { voter });
  return { requests, holds: held.map((hold) => chatHold(access, hold)), changes, reviews };
}

/** `show ID`: what the ID's form says it is; a grant's card only to its holder, to others its request's. */
export async function showAnything(bot: BotContext, id: string, input: ActInput): Promise<ActAnswer> {
  if (HANDLE_PATTERN.test(id)) {
    const grant = await readGrant(bot.access, { id });
    if (grant.holder.id === input.by.id) return say('neutral', '', grantCard(grant));
    return showRequest(bot, grant.requestId);
  }
  if (REVIEW_ID_PATTERN.test(id)) {
    const review = await readReview(bot.access, { id, viewer: input.by });
    return say('neutral', '', reviewCard(review, bot.access.settings));
  }
  if (POLICY_CHANGE_ID_PATTERN.test(id)) {
    const change = await readPolicyChange(bot.access, { id, viewer: input.by });
    return say('neutral', '', policyChangeCard(change, bot.access.settings));
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
    throw new AppError('not_found', texts().problems.nothingCalled(id), { cause: error });
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
  const { items } = await searchSessions(bot.access, {
    viewer: input.by,
    limit: LIST_ITEMS_MAX,
    search: search ?? undefined,
  });
  const sessions = items.map(({ session }) => session);
  const hits = new Map(
    items.filter((item) => item.hits.length > 0).map((item) => [item.session.id, item.hits]),
  );
  return say('neutral', '', sessionsCard(sessions, { ...bot.access.settings, search, hits }));
}

async function showRequest(bot: BotContext, id: string): Promise<ActAnswer> {
  const request = await readRequest(bot.access, { id });
  return say('neutral', '', await renderRequest(bot.access, request));
}
