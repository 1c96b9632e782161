/** Who decides in whose place: the list for one of the two, and the card by which both hear of one. */
import type { DelegationView } from '../../access/views.ts';
import type { Card, CardAction, CardList } from '../card.ts';
import { LIST_ITEMS_MAX, TITLE_CHARACTERS_MAX } from './limits.ts';
import { plainLine } from './plain-text.ts';
import { formatInstant, fullNameOf, nameOf } from './wording.ts';

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
    actions: [
      ...toMe.filter(({ acceptedAt }) => acceptedAt === null).map(acceptButton),
      ...shown.map(endButton),
    ],
    fallback: `Delegations: ${status}`,
  };
}

function itemOf(delegation: DelegationView, name: string): CardList['items'][number] {
  return {
    text: plainLine(name, TITLE_CHARACTERS_MAX),
    detail: `${delegation.acceptedAt === null ? 'not accepted yet, ' : ''}until ${formatInstant(delegation.until)} (${delegation.id})`,
    tone: 'neutral',
  };
}

/** Posted privately to both: the one who is asked accepts or declines. */
export function delegationCard(delegation: DelegationView): Card {
  const { id, from, to, until, acceptedAt, endedAt } = delegation;
  const title = plainLine(
    acceptedAt === null
      ? `${nameOf(from)} asks ${nameOf(to)} to decide in their place`
      : `${nameOf(to)} decides in the place of ${nameOf(from)}`,
    TITLE_CHARACTERS_MAX,
  );
  const standing = standingOf(delegation);
  const decline: CardAction = {
    kind: 'button',
    action: 'end-delegation',
    subject: id,
    label: acceptedAt === null ? 'Decline' : 'End',
    style: acceptedAt === null ? 'danger' : 'plain',
  };
  const accept: readonly CardAction[] =
    acceptedAt === null
      ? [{ kind: 'button', action: 'accept-delegation', subject: id, label: 'Accept', style: 'primary' }]
      : [];
  return {
    tone: standing.tone,
    title,
    status: standing.status,
    fields: [
      { label: 'Asks', value: fullNameOf(from) },
      { label: 'Decides', value: fullNameOf(to) },
      { label: 'Until', value: formatInstant(until) },
      { label: 'ID', rank: 'small-print', value: id, code: true },
    ],
    lists: [],
    actions: endedAt === null ? [...accept, decline] : [],
    fallback: `${title}. ${standing.status}`,
  };
}

function standingOf({ to, until, acceptedAt, endedAt }: DelegationView): Pick<Card, 'tone' | 'status'> {
  if (endedAt !== null) {
    const what = acceptedAt === null ? 'It was not accepted' : `It ended at ${formatInstant(endedAt)}`;
    return { tone: 'neutral', status: `${what}.` };
  }
  if (acceptedAt !== null) return { tone: 'good', status: `It stands until ${formatInstant(until)}.` };
  return {
    tone: 'waiting',
    status: `Not in effect: ${nameOf(to)} has to accept it. Whoever accepts does not decide about requests of the one who asks.`,
  };
}

function acceptButton(delegation: DelegationView): CardAction {
  return {
    kind: 'button',
    action: 'accept-delegation',
    subject: delegation.id,
    label: plainLine(`Accept: for ${nameOf(delegation.from)}`, 75),
    style: 'primary',
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
