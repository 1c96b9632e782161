/**
 * A card as one person has it: with the buttons that would do something for them, judged as the acts themselves are.
 * Showing less protects nothing, since every act is judged again; it spares people buttons that only refuse.
 */

import type { AccessContext } from '../access/context.ts';
import { readDelegation } from '../access/delegation-views.ts';
import { refusalToUnfreeze } from '../access/freeze.ts';
import type { CardSubject } from '../access/ports.ts';
import { readGrant, readSession } from '../access/read-access.ts';
import { readHold } from '../access/read-holds.ts';
import { readPolicyChange } from '../access/read-policy-changes.ts';
import type { JudgedIds } from '../access/refusals/facts.ts';
import { getToKnow, type KnownPerson } from '../access/refusals/known-person.ts';
import { REFUSALS, type Refusal } from '../access/refusals/of-acts.ts';
import {
  refusalOfFinding,
  refusalOfHoldVote,
  refusalOfPolicyVote,
  refusalOfVote,
} from '../access/refusals/of-votes.ts';
import { readReview } from '../access/reviews.ts';
import { AppError, isAppError } from '../core/errors.ts';
import type { Identity } from '../core/identity.ts';
import type { VoteVerdict } from '../core/request.ts';
import type { BotContext } from './bot-context.ts';
import type { ActionId, Card, CardAction } from './card.ts';
import { CARD_SOURCES, type CardTarget } from './card-sources.ts';
import { readHoldSubject } from './cards/hold-card.ts';
import { readPolicyChangeSubject } from './cards/policy-change-card.ts';

export interface PersonalView {
  /** Without the buttons that would refuse this person; what only leads somewhere stays. */
  readonly card: Card;
  /** Why buttons are missing that this person might look for: each reason once, in sentences. */
  readonly missing: readonly string[];
}

/** What a click is: the rest of a button is for the eye. */
export type ButtonKey = Pick<Extract<CardAction, { kind: 'button' }>, 'action' | 'subject'>;

/** @returns the card for this person, as things stand now */
export async function personalView(
  bot: BotContext,
  { card, viewer }: { readonly card: Card; readonly viewer: Identity },
): Promise<PersonalView> {
  const [view] = await personalViews(bot, { cards: [card], viewer });
  return view ?? { card, missing: [] };
}

/**
 * The same of what has a card, rendered as it is stored now.
 * @throws AppError `not_found`, also for what this person may not see
 */
export async function readPersonalView(
  bot: BotContext,
  { target, viewer }: { readonly target: CardTarget; readonly viewer: Identity },
): Promise<PersonalView> {
  await SIGHTS[target.subject]?.(bot.access, { id: target.id, viewer });
  const { card } = await CARD_SOURCES[target.subject](bot.access, target.id);
  return personalView(bot, { card, viewer });
}

type Sight = (
  access: AccessContext,
  of: { readonly id: string; readonly viewer: Identity },
) => Promise<unknown>;

/** What not everybody who is signed in may see: each throws AppError `not_found`. */
const SIGHTS: Partial<Readonly<Record<CardSubject, Sight>>> = {
  hold: readHold,
  review: readReview,
  'review-reminder': (access, { id, viewer }) => readReview(access, { id: reviewOf(id), viewer }),
  'policy-change': readPolicyChange,
  session: readSession,
  grant: async (access, { id, viewer }) => {
    if ((await readGrant(access, { id })).holder.id !== viewer.id) throw unseen(id);
  },
  delegation: async (access, { id, viewer }) => {
    const { from, to } = await readDelegation(access, { id });
    if (from.id !== viewer.id && to.id !== viewer.id) throw unseen(id);
  },
  'chat-account-change': async (_access, { id }) => {
    throw unseen(id);
  },
};

/** A reminder goes by its review's id, a dot and its number. */
function reviewOf(reminderId: string): string {
  return reminderId.split('.', 1).join();
}

function unseen(id: string): AppError {
  return new AppError('not_found', `There is nothing called ${id.slice(0, 40)} that you may see.`);
}

/** The same of many cards, with what is known of the person read once. */
export async function personalViews(
  { access }: BotContext,
  { cards, viewer }: { readonly cards: readonly Card[]; readonly viewer: Identity },
): Promise<readonly PersonalView[]> {
  const known = getToKnow(access, viewer, idsIn(cards.flatMap(({ actions }) => actions)));
  const views: PersonalView[] = [];
  for (const card of cards) views.push(await viewFor(access, known, card));
  return views;
}

/** The same of buttons that are on no card. @returns those that would refuse this person, and why */
export async function withheldOf(
  { access }: BotContext,
  { buttons, viewer }: { readonly buttons: readonly ButtonKey[]; readonly viewer: Identity },
): Promise<{ readonly withheld: readonly ButtonKey[]; readonly missing: readonly string[] }> {
  return judgeAll(access, getToKnow(access, viewer, idsIn(buttons)), buttons);
}

/** What these buttons are judged by, to be read together. */
function idsIn(actions: readonly (CardAction | ButtonKey)[]): JudgedIds {
  const buttons = actions.flatMap((action) => ('action' in action ? [action] : []));
  const subjectsOf = (about: ReadonlySet<ActionId>): readonly string[] =>
    buttons.flatMap(({ action, subject }) => (about.has(action) ? [subject] : []));
  return { requestIds: subjectsOf(ABOUT_REQUESTS), grantIds: subjectsOf(ABOUT_GRANTS) };
}

const ABOUT_REQUESTS: ReadonlySet<ActionId> = new Set([
  'approve',
  'approve-for-less',
  'deny',
  'cancel',
  'again',
  'comment',
  'consent',
  'refuse-consent',
]);
const ABOUT_GRANTS: ReadonlySet<ActionId> = new Set(['reveal', 'extend', 'done', 'revoke']);

async function viewFor(access: AccessContext, known: KnownPerson, card: Card): Promise<PersonalView> {
  const buttons = card.actions.filter((action) => action.kind === 'button');
  const { withheld, missing } = await judgeAll(access, known, buttons);
  const refused = new Set<CardAction>(withheld);
  return { card: { ...card, actions: card.actions.filter((action) => !refused.has(action)) }, missing };
}

async function judgeAll<Key extends ButtonKey>(
  access: AccessContext,
  known: KnownPerson,
  buttons: readonly Key[],
): Promise<{ withheld: Key[]; missing: string[] }> {
  const withheld: Key[] = [];
  const missing = new Set<string>();
  const judged = new Map<string, Promise<AppError | null>>();
  for (const button of buttons) {
    const refusal = await judgeOnce(access, known, { button, judged });
    if (refusal === null) continue;
    withheld.push(button);
    if (LOOKED_FOR.has(button.action)) missing.add(refusal.message);
  }
  return { withheld, missing: [...missing] };
}

/** Buttons that do the same to the same are judged together. */
async function judgeOnce(
  access: AccessContext,
  known: KnownPerson,
  { button, judged }: { button: ButtonKey; judged: Map<string, Promise<AppError | null>> },
): Promise<AppError | null> {
  const judge = JUDGES[button.action];
  if (judge === null) return null;
  const key = `${SAME_AS[button.action] ?? button.action} ${button.subject}`;
  const judgement = judged.get(key) ?? refusalOr(judge(access, known, button.subject));
  judged.set(key, judgement);
  return judgement;
}

/** What is not there, or not to be known, cannot be acted on either. */
async function refusalOr(judgement: Promise<AppError | null>): Promise<AppError | null> {
  try {
    return await judgement;
  } catch (error) {
    if (isAppError(error) && error.code !== 'internal') return error;
    throw error;
  }
}

/** Null is for everybody: what only shows something, and what is about whoever clicks. */
const JUDGES: Readonly<Record<ActionId, Refusal | null>> = {
  approve: onRequest('approve'),
  'approve-for-less': onRequest('approve'),
  deny: onRequest('deny'),
  'approve-once': onHold,
  'approve-for-session': onHold,
  'deny-command': onHold,
  cancel: REFUSALS.cancel,
  again: REFUSALS.again,
  comment: REFUSALS.comment,
  consent: REFUSALS.consent,
  'refuse-consent': REFUSALS['refuse-consent'],
  reveal: REFUSALS.reveal,
  extend: REFUSALS.extend,
  done: REFUSALS.done,
  revoke: REFUSALS.revoke,
  replay: REFUSALS.replay,
  terminate: REFUSALS.terminate,
  'accept-delegation': REFUSALS['accept-delegation'],
  'end-delegation': REFUSALS['end-delegation'],
  'find-justified': onReview,
  'find-unjustified': onReview,
  'approve-policy': onPolicyChange('approve'),
  'deny-policy': onPolicyChange('deny'),
  unfreeze: (access, { identity: by }, freezeId) => refusalToUnfreeze(access, { freezeId, by }),
  timeline: null,
  report: null,
  'close-incident': REFUSALS['close-incident'],
  transcript: REFUSALS.document,
  recording: REFUSALS.document,
  'link-account': null,
  'show-link-code': null,
  'unlink-account': null,
};

const SAME_AS: Partial<Readonly<Record<ActionId, ActionId>>> = {
  'approve-for-less': 'approve',
  'approve-for-session': 'approve-once',
  'deny-command': 'approve-once',
  'find-unjustified': 'find-justified',
  recording: 'transcript',
};

/** Deciding is what a shared card asks everybody for; that the rest is for others needs no saying. */
const LOOKED_FOR: ReadonlySet<ActionId> = new Set([
  'approve',
  'deny',
  'approve-once',
  'find-justified',
  'approve-policy',
  'deny-policy',
]);

function onRequest(verdict: VoteVerdict): Refusal {
  return (access, known, requestId) => refusalOfVote(access, known, { requestId, verdict });
}

async function onHold(access: AccessContext, known: KnownPerson, subject: string): Promise<AppError | null> {
  const shown = readHoldSubject(subject) ?? { holdId: subject, textSha256: '' };
  return refusalOfHoldVote(access, known, shown);
}

async function onReview(access: AccessContext, known: KnownPerson, reviewId: string) {
  return refusalOfFinding(access, known, { reviewId });
}

function onPolicyChange(verdict: VoteVerdict): Refusal {
  return (access, known, subject) => {
    const shown = readPolicyChangeSubject(subject) ?? { changeId: subject, version: '' };
    return refusalOfPolicyVote(access, known, { ...shown, verdict });
  };
}
