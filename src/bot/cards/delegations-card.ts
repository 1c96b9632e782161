/** Who decides in whose place: the list for one of the two, and the card by which both hear of one. */
import type { DelegationView } from '../../access/views.ts';
import type { Card, CardAction, CardList } from '../card.ts';
import { texts } from '../texts/texts.ts';
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
  const words = texts().delegations;
  const lists: CardList[] = [];
  if (byMe.length > 0) {
    lists.push({ title: words.byMe, items: byMe.map((one) => itemOf(one, one.to.name)) });
  }
  if (toMe.length > 0) {
    lists.push({ title: words.toMe, items: toMe.map((one) => itemOf(one, one.from.name)) });
  }
  const status = shown.length === 0 ? words.nothing : words.status(byMe.length, toMe.length);
  return {
    tone: 'neutral',
    title: words.title,
    status,
    fields: [],
    lists,
    actions: [
      ...toMe.filter(({ acceptedAt }) => acceptedAt === null).map(acceptButton),
      ...shown.map(endButton),
    ],
    fallback: words.fallback(status),
  };
}

function itemOf(delegation: DelegationView, name: string): CardList['items'][number] {
  const words = texts().delegations;
  const line = { until: formatInstant(delegation.until), id: delegation.id };
  return {
    text: plainLine(name, TITLE_CHARACTERS_MAX),
    detail: delegation.acceptedAt === null ? words.lineAsked(line) : words.lineAccepted(line),
    tone: 'neutral',
  };
}

/** Posted privately to both: the one who is asked accepts or declines. */
export function delegationCard(delegation: DelegationView): Card {
  const { id, from, to, until, acceptedAt, endedAt } = delegation;
  const words = texts().delegations;
  const pair = { from: nameOf(from), to: nameOf(to) };
  const title = plainLine(acceptedAt === null ? words.asks(pair) : words.decides(pair), TITLE_CHARACTERS_MAX);
  const standing = standingOf(delegation);
  const decline: CardAction = {
    kind: 'button',
    action: 'end-delegation',
    subject: id,
    label: acceptedAt === null ? texts().buttons.decline : texts().buttons.end,
    style: acceptedAt === null ? 'danger' : 'plain',
  };
  const accept: readonly CardAction[] =
    acceptedAt === null
      ? [
          {
            kind: 'button',
            action: 'accept-delegation',
            subject: id,
            label: texts().buttons.accept,
            style: 'primary',
          },
        ]
      : [];
  return {
    tone: standing.tone,
    title,
    status: standing.status,
    fields: [
      { label: texts().labels.asks, value: fullNameOf(from) },
      { label: texts().labels.decides, value: fullNameOf(to) },
      { label: texts().labels.until, value: formatInstant(until) },
      { label: texts().labels.id, rank: 'small-print', value: id, code: true },
    ],
    lists: [],
    actions: endedAt === null ? [...accept, decline] : [],
    fallback: `${title}. ${standing.status}`,
  };
}

function standingOf({ to, until, acceptedAt, endedAt }: DelegationView): Pick<Card, 'tone' | 'status'> {
  const words = texts().delegations;
  if (endedAt !== null) {
    return {
      tone: 'neutral',
      status: acceptedAt === null ? words.notAccepted : words.ended(formatInstant(endedAt)),
    };
  }
  if (acceptedAt !== null) return { tone: 'good', status: words.stands(formatInstant(until)) };
  return { tone: 'waiting', status: words.asked(nameOf(to)) };
}

function acceptButton(delegation: DelegationView): CardAction {
  return {
    kind: 'button',
    action: 'accept-delegation',
    subject: delegation.id,
    label: plainLine(texts().buttons.acceptFor(nameOf(delegation.from)), 75),
    style: 'primary',
  };
}

function endButton(delegation: DelegationView): CardAction {
  return {
    kind: 'button',
    action: 'end-delegation',
    subject: delegation.id,
    label: plainLine(texts().buttons.endDelegation(nameOf(delegation.to), nameOf(delegation.from)), 75),
    style: 'plain',
  };
}
