/** What a search in a modal finds. Nothing is decided by it, so it may be answered twice. */
import { z } from 'zod';
import { searchResources } from './modal.ts';
import { sceneOfInteraction } from './scene.ts';
import type { SlackParts } from './slack-parts.ts';

const CHARACTERS_READ = 500;
const SEARCH = z.object({ value: z.string().default(''), view: z.unknown() });

/** @returns the options that Slack offers; none to somebody who may not act */
export async function answerSearch(
  { bot, actors }: SlackParts,
  body: Readonly<Record<string, unknown>>,
): Promise<ReturnType<typeof searchResources>> {
  const { input } = await actors.admit({ kind: 'command', text: 'request' }, sceneOfInteraction(body));
  if (input === null) return [];
  const { value, view } = SEARCH.parse(body);
  return searchResources(bot, { view, typed: value.slice(0, CHARACTERS_READ) }, input);
}
