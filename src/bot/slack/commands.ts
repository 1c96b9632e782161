/** `/access …`: acknowledged at once, answered to whoever typed it. */
import { z } from 'zod';
import { isAppError } from '../../core/errors.ts';
import type { ActAnswer } from '../act-answer.ts';
import { sayError } from '../acts/answers.ts';
import { addressOf } from './people.ts';
import { type Scene, sceneOfCommand } from './scene.ts';
import type { SlackParts } from './slack-parts.ts';
import { mentionedIn, plainTextOf, unknownMention } from './typed-text.ts';

export const COMMAND_NAME = '/access';

/** More than a command may have: what goes beyond is refused in words. */
const CHARACTERS_READ = 20_000;
const TYPED = z.object({ text: z.string().default('') });
/** No command names more people than one. */
const MENTIONS_MAX = 3;

export async function takeCommand(
  parts: SlackParts,
  delivery: { readonly body: Readonly<Record<string, unknown>>; readonly ack: () => Promise<void> },
): Promise<void> {
  const scene = sceneOfCommand(delivery.body);
  const text = TYPED.parse(delivery.body).text.slice(0, CHARACTERS_READ);
  await delivery.ack();
  await parts.responder.respond(scene, answerTo(parts, text, scene));
}

async function answerTo(parts: SlackParts, text: string, scene: Scene): Promise<ActAnswer> {
  const { input, answer } = await parts.actors.admit({ kind: 'command', text: plainTextOf(text) }, scene);
  if (input === null) return answer;
  try {
    const names = await namesOf(parts, text, scene);
    return await parts.actors.handle({ kind: 'command', text: plainTextOf(text, names) }, input);
  } catch (error) {
    if (isAppError(error)) return sayError(error);
    throw error;
  }
}

/** What our commands call the people who are mentioned: their e-mail addresses, as their sign-ins have them. */
async function namesOf(
  { identities }: SlackParts,
  text: string,
  { sender }: Scene,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const user of mentionedIn(text).slice(0, MENTIONS_MAX)) {
    names.set(user, await addressOf(identities, user, sender).catch(asUnknown(user, text)));
  }
  return names;
}

function asUnknown(user: string, text: string): (error: unknown) => never {
  return (error) => {
    throw isAppError(error, 'not_found') ? unknownMention(user, text) : error;
  };
}
