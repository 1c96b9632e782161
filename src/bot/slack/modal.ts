/**
 * The modal that asks for access while it is filled in: its search for a resource, and what the policy says so far.
 * Both see only what this person may ask for.
 */
import type { types } from '@slack/bolt';
import type { ActInput } from '../acts/act.ts';
import { findResources } from '../acts/find-resources.ts';
import { refillForm } from '../acts/refill-form.ts';
import type { BotContext } from '../bot-context.ts';
import type { SlackSender } from './identity.ts';
import { readPeople, withAccounts } from './people.ts';
import { optionOf, readSubmission, viewOf } from './render/form-view.ts';
import { OPTIONS_MAX } from './render/limits.ts';
import type { SlackParts } from './slack-parts.ts';

/** @param view as Slack sends it with a change of one of its fields; null when there is nothing to change */
export async function refillView(
  { bot, identities }: Pick<SlackParts, 'bot' | 'identities'>,
  view: unknown,
  { input, sender }: { readonly input: ActInput; readonly sender: SlackSender },
): Promise<types.ModalView | null> {
  const filled = readSubmission(view);
  if (filled === null) return null;
  const { values, problem } = await readPeople(identities, filled, sender);
  const form = await refillForm(bot, { form: filled.form, values }, input);
  if (form === null) return null;
  const said = problem === null ? form : { ...form, introduction: problem.text };
  return viewOf(await withAccounts(bot, said), filled.place);
}

/** What somebody may ask for in this modal. @param search.view as Slack sends it with the search */
export function searchResources(
  bot: BotContext,
  search: { readonly view: unknown; readonly typed: string },
  input: ActInput,
): types.PlainTextOption[] {
  const { view, typed } = search;
  const form = readSubmission(view)?.form ?? null;
  return findResources(bot, { form, typed, limit: OPTIONS_MAX }, input).map(optionOf);
}
