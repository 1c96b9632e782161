/** Dialogs: opened by buttons and by the menu of a message, submitted, and opened again where something is wrong. */
import { z } from 'zod';
import type { ActAnswer } from '../act-answer.ts';
import type { Act, ActInput } from '../acts/act.ts';
import { ask } from '../acts/answers.ts';
import { refillForm } from '../acts/refill-form.ts';
import type { Form } from '../card.ts';
import type { Scene } from './activity.ts';
import { actOf, handleOnce, nothingToAskFor, notOurs, type Outcome } from './clicks-in.ts';
import { closeDialog, type InvokeBody, openDialog } from './invoke-bodies.ts';
import { answerCard, answerLine, formToOpen } from './render/answer.ts';
import { cardInFull } from './render/card.ts';
import { type Click, readClick } from './render/clicks.ts';
import { formCard } from './render/form.ts';
import { refill, reopen } from './reopen.ts';
import type { TeamsParts } from './teams-parts.ts';
import { plainTextOf } from './typed-text.ts';

const APP_TITLE = 'Sallyport';

export const WITH_DATA = z.object({ data: z.unknown().optional() });

/** `task/fetch`, `task/submit` and `composeExtension/submitAction`: what a button of ours carries stands in `data`. */
export async function takeDialog(parts: TeamsParts, scene: Scene, value: unknown): Promise<Outcome> {
  const sent = WITH_DATA.safeParse(value);
  const click = sent.success ? readClick(sent.data.data) : null;
  if (click === null) return inDialog(notOurs());
  if (click.kind === 'own') return takeInFull(parts, scene, click.subject);
  const act = actOf(click);
  const { input, answer: refusal } = await parts.actors.admit(act, scene);
  if (input === null) return inDialog(refusal);
  if (click.kind === 'refill') return takeRefill(parts, click, input);
  const answer = await handleOnce(parts, act, input);
  return click.kind === 'form' ? takeSubmitted(parts, { click, answer, input }) : inDialog(answer);
}

async function takeSubmitted(
  parts: TeamsParts,
  submitted: {
    readonly click: Extract<Click, { kind: 'form' | 'refill' }>;
    readonly answer: ActAnswer;
    readonly input: ActInput;
  },
): Promise<Outcome> {
  const { click, answer, input } = submitted;
  const { reply } = answer;
  if (reply?.problem !== true || answer.form !== null) return inDialog(answer);
  const form = await reopen(parts, click, input);
  return form === null ? inDialog(answer) : { body: formDialog(form, reply.text), answer };
}

async function takeRefill(
  parts: TeamsParts,
  click: Extract<Click, { kind: 'form' | 'refill' }>,
  input: ActInput,
): Promise<Outcome> {
  const form = await refill(parts, click, input);
  return inDialog(form === null ? nothingToAskFor() : ask(form));
}

/**
 * The card as it stands now, for whoever may see it: what is agreed to is what this dialog shows, by its hash.
 * @param subject of the button: the id, a dot, and the hash or version of what the card showed
 */
async function takeInFull(parts: TeamsParts, scene: Scene, subject: string): Promise<Outcome> {
  const [id = ''] = subject.split('.', 1);
  const answer = await parts.actors.perform({ kind: 'command', text: `show ${id}` }, scene);
  const card = answer.reply?.card;
  if (!card?.verbatim) return inDialog(answer);
  return { body: openDialog(card.title, cardInFull(card)), answer };
}

const ASK: Act = { kind: 'command', text: 'request' };
/** What is taken of a message: whoever asks can still change it. */
const REASON_CHARACTERS_MAX = 400;

const COMMANDED = z.object({
  messagePayload: z
    .object({ body: z.object({ content: z.string().max(100_000).nullish() }).nullish() })
    .nullish(),
});

/** `composeExtension/fetchTask`: asking for access from the menu of a message that says why. */
export async function takeMenu(parts: TeamsParts, scene: Scene, value: unknown): Promise<Outcome> {
  const { input, answer } = await parts.actors.admit(ASK, scene);
  if (input === null) return inDialog(answer);
  const said = plainTextOf(COMMANDED.safeParse(value).data?.messagePayload?.body?.content ?? '');
  const reason = [...said].slice(0, REASON_CHARACTERS_MAX).join('');
  const values = new Map([['reason', reason]]);
  const form = reason === '' ? null : await refillForm(parts.bot, { form: 'request', values }, input);
  return inDialog(form === null ? await parts.actors.handle(ASK, input) : ask(form));
}

/** A form, a card, what may be copied; words alone close the dialog. */
function inDialog(answer: ActAnswer): Outcome {
  const form = formToOpen(answer);
  if (form !== null) return { body: formDialog(form, null), answer };
  const { reply } = answer;
  const line = reply === null ? '' : answerLine(reply);
  if (reply === null || line !== null) return { body: closeDialog(line ?? ''), answer };
  return { body: openDialog(reply.card?.title ?? APP_TITLE, answerCard(reply, 'dialog')), answer };
}

function formDialog(form: Form, problem: string | null): InvokeBody {
  return openDialog(form.title, formCard(form, { stage: 'dialog', problem }));
}
