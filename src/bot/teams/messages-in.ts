/** What people write to the app: a command, in a channel after its mention, in a personal chat as it is. */
import { isAppError } from '../../core/errors.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { Act, ActInput } from '../acts/act.ts';
import { sayError, sayProblem } from '../acts/answers.ts';
import { refillForm } from '../acts/refill-form.ts';
import { FORM_IDS } from '../forms/form-ids.ts';
import { texts } from '../texts/texts.ts';
import type { Mention, Scene, TeamsActivity } from './activity.ts';
import { readClick } from './render/clicks.ts';
import type { TeamsParts } from './teams-parts.ts';
import { commandIn, mentionsBot, peopleIn, unknownMention } from './typed-text.ts';

/** No command names more people than one. */
const MENTIONS_MAX = 3;

/** Whether a message is for the app. What is written between people is none of its business, and not even read. */
export function isForUs(activity: TeamsActivity): boolean {
  return activity.scene.place.kind === 'personal' || mentionsBot(activity);
}

export async function takeMessage(parts: TeamsParts, activity: TeamsActivity): Promise<void> {
  const { scene } = activity;
  await parts.conversations.see(scene);
  const click = activity.text === '' ? clickIn(activity.value) : null;
  const answer = click === null ? await answerTo(parts, activity) : await parts.actors.perform(click, scene);
  await parts.responder.answer(scene, answer);
}

/** Old clients send what a button carries as a message without words. */
function clickIn(value: unknown): Act | null {
  const click = readClick(value);
  if (click?.kind === 'act') return { kind: 'action', action: click.action, subject: click.subject };
  if (click?.kind !== 'form') return null;
  const { form, subject, values } = click;
  return { kind: 'form', form, subject, values };
}

async function answerTo(parts: TeamsParts, activity: TeamsActivity): Promise<ActAnswer> {
  const { scene } = activity;
  const act = { kind: 'command', text: commandIn(activity) } as const;
  const { input, answer } = await parts.actors.admit(act, scene);
  if (input === null) return answer;
  try {
    const names = await namesOf(parts, activity);
    const told = await parts.actors.handle({ kind: 'command', text: commandIn(activity, names) }, input);
    return await withFormForPrivate(parts, told, input);
  } catch (error) {
    if (isAppError(error)) return sayError(error);
    parts.bot.logger.error({ err: error }, 'a command on Teams failed before it began');
    return sayProblem('bad', texts().shown.failed);
  }
}

/** What is asked for in a channel is filled in in the personal chat: the form offers what can be chosen from there. */
async function withFormForPrivate(
  { bot }: TeamsParts,
  answer: ActAnswer,
  input: ActInput,
): Promise<ActAnswer> {
  const { form } = answer;
  const id = FORM_IDS.find((one) => one === form?.id);
  if (form === null || id === undefined || input.place.isPrivate) return answer;
  const values = new Map(form.fields.map(({ name, value = '' }) => [name, value]));
  const place = { ...input.place, isPrivate: true };
  const made = await refillForm(bot, { form: id, values }, { ...input, place });
  return made === null ? answer : { ...answer, form: made };
}

/** What our commands call the people who are mentioned: their e-mail addresses, as their sign-ins have them. */
async function namesOf(parts: TeamsParts, activity: TeamsActivity): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const userId of peopleIn(activity).slice(0, MENTIONS_MAX)) {
    names.set(userId, await addressOf(parts, activity, userId));
  }
  return names;
}

/** @throws AppError `not_found` for an account that nobody is known by */
async function addressOf(
  { identities }: TeamsParts,
  { mentions, scene }: { readonly mentions: readonly Mention[]; readonly scene: Scene },
  userId: string,
): Promise<string> {
  const unknown = (): Error =>
    unknownMention(mentions.find(({ id }) => id === userId) ?? { id: userId, text: userId });
  const account = await identities.mentioned(userId, scene.place).catch((error: unknown) => {
    throw isAppError(error, 'forbidden') ? unknown() : error;
  });
  const person = await identities.personOf(account);
  if (person?.kind !== 'person') throw unknown();
  return person.email;
}
