/** Clicks on cards in conversations, and the views that clients ask for by themselves. */
import { z } from 'zod';
import { findCardCopy } from '../../access/card-copies.ts';
import { takeDeliveries } from '../../access/chat-deliveries.ts';
import { isAppError } from '../../core/errors.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { Act, ActInput } from '../acts/act.ts';
import { ask, sayError, sayProblem } from '../acts/answers.ts';
import type { CardTarget } from '../card-sources.ts';
import { readPersonalView } from '../personal-view.ts';
import { texts } from '../texts/texts.ts';
import type { Scene } from './activity.ts';
import { readTarget } from './card-target.ts';
import { TEAMS_PLATFORM } from './connector.ts';
import { type InvokeBody, showCard, showLine, showNothing } from './invoke-bodies.ts';
import { answerCard, answerLine, formToOpen } from './render/answer.ts';
import { type Click, readClick } from './render/clicks.ts';
import { formCard } from './render/form.ts';
import { refill } from './reopen.ts';
import type { TeamsParts } from './teams-parts.ts';

/** What an invoke is answered with, and what is said of it in private when it came too late. */
export interface Outcome {
  readonly body: InvokeBody;
  /** Null where nothing was done. */
  readonly answer: ActAnswer | null;
}

export function notOurs(): ActAnswer {
  return sayProblem('warning', texts().teams.notOurs);
}

const EXECUTED = z.object({
  action: z.object({ data: z.unknown().optional() }),
  trigger: z.string().max(100).nullish().catch(null),
});

/** What people look at before they act, as somebody would type it. */
const LOOK: Act = { kind: 'command', text: 'pending' };

/** `adaptiveCard/action` */
export async function takeExecute(parts: TeamsParts, scene: Scene, value: unknown): Promise<Outcome> {
  const executed = EXECUTED.safeParse(value);
  const click = executed.success ? readClick(executed.data.action.data) : null;
  if (click === null) return inMessage(notOurs());
  if (click.kind === 'own') {
    return takeView(parts, scene, { target: click.subject, isAutomatic: isAutomatic(value) });
  }
  if (click.kind === 'refill') return takeRefill(parts, scene, click);
  return takeAct(parts, scene, actOf(click));
}

/** Whether a client asks by itself, and nobody waits. @param value of the invoke */
export function isAutomatic(value: unknown): boolean {
  return EXECUTED.safeParse(value).data?.trigger?.toLowerCase() === 'automatic';
}

/** The act of a click that is one. */
export function actOf(click: Extract<Click, { kind: 'act' | 'form' | 'refill' }>): Act {
  if (click.kind === 'act') return { kind: 'action', action: click.action, subject: click.subject };
  const { form, subject, values } = click;
  return { kind: 'form', form, subject, values };
}

async function takeAct(parts: TeamsParts, scene: Scene, act: Act): Promise<Outcome> {
  const { input, answer: refusal } = await parts.actors.admit(act, scene);
  if (input === null) return inMessage(refusal);
  const answer = await handleOnce(parts, act, input);
  const clicked = await cardThatWasClicked(parts, scene);
  if (!isPlainSuccess(answer)) return inMessage(answer);
  if (clicked !== null) return { body: await viewAfter(parts, { target: clicked, answer, input }), answer };
  // A form of ours in the personal chat: once it is sent, what came of it stands there.
  if (act.kind === 'form') await parts.responder.replaceForm(scene, answer);
  return act.kind === 'form' ? asCard(answer) : inMessage(answer);
}

/** What was filled in is taken once, however often Teams delivers it; a click does the same twice as once. */
export async function handleOnce({ bot, actors }: TeamsParts, act: Act, input: ActInput): Promise<ActAnswer> {
  if (act.kind === 'form') {
    const taken = await takeDeliveries(bot.access, { platform: TEAMS_PLATFORM, keys: [input.key] });
    if (taken.size === 0) return sayProblem('warning', texts().teams.sentAlready);
  }
  return actors.handle(act, input);
}

/** The card as it is now for whoever clicked, with what came of the click above it. */
async function viewAfter(
  parts: TeamsParts,
  { target, answer, input }: { target: CardTarget; answer: ActAnswer; input: ActInput },
): Promise<InvokeBody> {
  const { reply } = answer;
  try {
    const { card } = await readPersonalView(parts.bot, { target, viewer: input.by });
    if (reply !== null) return showCard(answerCard({ ...reply, card }, 'message'));
  } catch (error) {
    // It is done all the same; the message itself is brought up to date for everybody.
    parts.bot.logger.warn({ err: error, ...target }, 'a card could not be shown to whoever clicked it');
  }
  return inMessage(answer).body;
}

async function takeView(
  parts: TeamsParts,
  scene: Scene,
  { target: text, isAutomatic }: { readonly target: string; readonly isAutomatic: boolean },
): Promise<Outcome> {
  const target = readTarget(text);
  if (target === null) return inMessage(notOurs());
  const { input, answer } = await parts.actors.admit(LOOK, scene);
  if (input === null) {
    // Nobody asked, so the card stays as everybody sees it.
    return isAutomatic ? { body: showNothing(texts().teams.noOwnView), answer: null } : inMessage(answer);
  }
  try {
    const outcome = inMessage(await ownView(parts, { target, input }));
    return isAutomatic ? { ...outcome, answer: null } : outcome;
  } catch (error) {
    if (!isAppError(error)) throw error;
    return isAutomatic ? { body: showNothing(error.message), answer: null } : inMessage(sayError(error));
  }
}

/** With a word about the buttons that somebody would look for in vain. */
async function ownView(
  { bot }: TeamsParts,
  { target, input }: { target: CardTarget; input: ActInput },
): Promise<ActAnswer> {
  const { card, missing } = await readPersonalView(bot, { target, viewer: input.by });
  return { reply: { tone: 'neutral', text: missing.join(' '), card, copyable: [] }, form: null };
}

async function takeRefill(
  parts: TeamsParts,
  scene: Scene,
  click: Extract<Click, { kind: 'form' | 'refill' }>,
): Promise<Outcome> {
  const { input, answer } = await parts.actors.admit(actOf(click), scene);
  if (input === null) return inMessage(answer);
  const form = await refill(parts, click, input);
  return inMessage(form === null ? nothingToAskFor() : ask(form));
}

export function nothingToAskFor(): ActAnswer {
  return sayProblem('warning', texts().teams.nothingToAskFor);
}

async function cardThatWasClicked(
  { bot }: TeamsParts,
  { place, repliesTo }: Scene,
): Promise<CardTarget | null> {
  if (repliesTo === null) return null;
  const message = { platform: TEAMS_PLATFORM, channel: place.conversation, refs: refsOf(place, repliesTo) };
  const copy = await findCardCopy(bot.access, message);
  return copy === null ? null : { subject: copy.subject, id: copy.subjectId };
}

/** As `TeamsMessages` names a message: one that is a reply has what begins its thread before it. */
function refsOf({ thread, conversation }: Scene['place'], message: string): readonly string[] {
  const root = thread.slice(`${conversation};messageid=`.length);
  return root === '' ? [message] : [message, `${root}/${message}`];
}

/** A refusal, and whatever brings more than words, is shown as it is. */
function isPlainSuccess({ reply, form }: ActAnswer): boolean {
  if (form !== null || reply === null || reply.card !== null || reply.copyable.length > 0) return false;
  return reply.problem !== true && reply.tone !== 'warning' && reply.tone !== 'bad';
}

/** Words stand beside the card, which stays; anything else takes its place, for the clicker alone. */
function inMessage(answer: ActAnswer): Outcome {
  const form = formToOpen(answer);
  if (form !== null) return { body: showCard(formCard(form, { stage: 'message', problem: null })), answer };
  const line = answer.reply === null ? null : answerLine(answer.reply);
  return line === null ? asCard(answer) : { body: showLine(line), answer };
}

function asCard(answer: ActAnswer): Outcome {
  const reply = answer.reply ?? { tone: 'neutral', text: '', card: null, copyable: [] };
  return { body: showCard(answerCard(reply, 'message')), answer };
}
