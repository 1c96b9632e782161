/** Who decides in whose place, for one of the two. Never posted. */
import type { DelegationView } from '../../access/views.ts';
import type { Card, CardAction, CardList } from '../card.ts';
import { LIST_ITEMS_MAX, TITLE_CHARACTERS_MAX } from './limits.ts';
import { plainLine } from './plain-text.ts';
import { formatInstant, nameOf } from './wording.ts';

export function delegationsCard(
  delegations: readonly DelegationView[],
  options: { readonly viewerId: string },
): Card {
  const shown = delegations.slice(0, LIST_ITEMS_MAX);
  const byMe = shown.filter((delegation) => delegation.from.id === options.viewerId);
  const toMe = shown.filter((delegation) => delegation.from.id !== options.viewerId);
  const lists: CardList[] = [];
  if (byMe.length > 0) {
    lists.push({ title: 'They decide in your place', items: byMe.map((one) => itemOf(one, one.to.name)) });
  }
  if (toMe.length > 0) {
    lists.push({ title: 'You decide in their place', items: toMe.map((one) => itemOf(one, one.from.name)) });
  }
  const status =
    shown.length === 0
      ? 'Nothing is delegated. Write: /access delegate @user until DATE'
      : `${byMe.length} by you, ${toMe.length} to you.`;
  return {
    tone: 'neutral',
    title: 'Delegations',
    status,
    fields: [],
    lists,
    actions: shown.map(endButton),
    fallback: `Delegations: ${status}`,
  };
}

function itemOf(delegation: DelegationView, name: string): CardList['items'][number] {
  return {
    text: plainLine(name, TITLE_CHARACTERS_MAX),
    detail: `until ${formatInstant(delegation.until)} (${delegation.id})`,
    tone: 'neutral',
  };
}

function endButton(delegation: DelegationView): CardAction {
  return {
    kind: 'button',
    action: 'end-delegation',
    subject: delegation.id,
    label: plainLine(`End: ${nameOf(delegation.to)} for ${nameOf(delegation.from)}`, 75),
    style: 'plain',
  };
}
