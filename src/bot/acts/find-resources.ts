/** Looking for a resource in a form that cannot list them all. */
import { listRequestable } from '../../access/preview-request.ts';
import type { BotContext } from '../bot-context.ts';
import type { FormId } from '../forms/form-ids.ts';
import { resourceOption } from '../forms/request-form.ts';
import type { ActInput } from './act.ts';

/**
 * The resources that somebody may ask for in this form, those that begin with what was typed first.
 * @param search.form null where it is not known
 */
export function findResources(
  bot: BotContext,
  search: { readonly form: FormId | null; readonly typed: string; readonly limit: number },
  { by: requester }: Pick<ActInput, 'by'>,
): readonly { readonly value: string; readonly label: string }[] {
  const kind = search.form === 'break-glass' ? 'break-glass' : 'access';
  const typed = search.typed.trim().toLowerCase();
  return listRequestable(bot.access, { requester, kind })
    .map(resourceOption)
    .filter(({ label }) => label.toLowerCase().includes(typed))
    .sort((left, right) => rank(left.value, typed) - rank(right.value, typed))
    .slice(0, search.limit);
}

function rank(name: string, typed: string): number {
  return name.toLowerCase().startsWith(typed) ? 0 : 1;
}
