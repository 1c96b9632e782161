/** Shortcuts: asking for access from anywhere, and from a message that says why. */
import { z } from 'zod';
import type { ActAnswer } from '../act-answer.ts';
import { ask } from '../acts/answers.ts';
import { refillForm } from '../acts/refill-form.ts';
import { SHORTCUTS } from './manifest.ts';
import { type Scene, sceneOfInteraction } from './scene.ts';
import type { SlackParts } from './slack-parts.ts';
import { plainTextOf } from './typed-text.ts';

/** What is taken of a message: whoever asks can still change it. */
const REASON_CHARACTERS_MAX = 400;

const ASK = { kind: 'command', text: 'request' } as const;
const MESSAGE = z.object({ message: z.object({ text: z.string().default('') }).optional() });

export const SHORTCUT_IDS = SHORTCUTS.map(({ callback_id: id }) => id);

export async function takeShortcut(
  parts: SlackParts,
  delivery: { readonly body: Readonly<Record<string, unknown>>; readonly ack: () => Promise<void> },
): Promise<void> {
  const scene = sceneOfInteraction(delivery.body);
  const { message } = MESSAGE.parse(delivery.body);
  await delivery.ack();
  const said = plainTextOf(message?.text ?? '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const reason = [...said].slice(0, REASON_CHARACTERS_MAX).join('');
  await parts.responder.respond(scene, askFor(parts, scene, reason));
}

async function askFor({ bot, actors }: SlackParts, scene: Scene, reason: string): Promise<ActAnswer> {
  const { input, answer } = await actors.admit(ASK, scene);
  if (input === null) return answer;
  const values = new Map([['reason', reason]]);
  const form = reason === '' ? null : await refillForm(bot, { form: 'request', values }, input);
  return form === null ? actors.handle(ASK, input) : ask(form);
}
