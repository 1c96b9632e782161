/** What is typed into a list that has more than it shows. Nothing is decided by it, so it may be answered twice. */
import { z } from 'zod';
import type { Act } from '../acts/act.ts';
import { findResources } from '../acts/find-resources.ts';
import { FORM_IDS } from '../forms/form-ids.ts';
import type { Scene } from './activity.ts';
import type { Outcome } from './clicks-in.ts';
import type { InvokeBody } from './invoke-bodies.ts';
import type { TeamsParts } from './teams-parts.ts';

const CHARACTERS_READ = 500;
/** Teams shows no more. */
const FOUND_MAX = 15;

const SEARCH = z.object({
  queryText: z.string().max(100_000).nullish(),
  dataset: z.enum(FORM_IDS).nullish().catch(null),
});

const LOOK: Act = { kind: 'command', text: 'request' };

/** `application/search`; nothing to somebody who may not act. */
export async function takeSearch(parts: TeamsParts, scene: Scene, value: unknown): Promise<Outcome> {
  const { queryText, dataset } = SEARCH.safeParse(value).data ?? {};
  const { input } = await parts.actors.admit(LOOK, scene);
  if (input === null) return { body: showFound([]), answer: null };
  const typed = (queryText ?? '').slice(0, CHARACTERS_READ);
  const found = findResources(parts.bot, { form: dataset ?? null, typed, limit: FOUND_MAX }, input);
  return { body: showFound(found), answer: null };
}

export function showFound(found: readonly { readonly value: string; readonly label: string }[]): InvokeBody {
  const results = found.map(({ value, label }) => ({ value, title: label }));
  return { statusCode: 200, type: 'application/vnd.microsoft.search.searchResponse', value: { results } };
}
