/**
 * The card of a change of the policy: the whole difference, what the change would have decided differently, and
 * who agreed. A difference that does not fit on a card cannot be approved from one: it links to its page.
 */
import type { PolicyChangeView, PolicyChangeVoteView } from '../../access/policy-change-views.ts';
import { formatDuration } from '../../core/duration.ts';
import type { ImpactGroup, PolicyImpact, SimulatedCount } from '../../core/policy-impact.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { Card, CardAction, CardField, CardList, CardVerbatim, Tone } from '../card.ts';
import { texts } from '../texts/texts.ts';
import {
  LIST_ITEMS_MAX,
  NAME_CHARACTERS_MAX,
  NOTE_SHOWN_CHARACTERS_MAX,
  REASON_LINES_MAX,
  STATUS_CHARACTERS_MAX,
  TITLE_CHARACTERS_MAX,
  VALUE_CHARACTERS_MAX,
  VERBATIM_CHARACTERS_MAX,
} from './limits.ts';
import { plainBlock, plainLine } from './plain-text.ts';
import {
  formatInstant,
  fullNameOf,
  instantOrNull,
  listInWords,
  nameOrNull,
  seatsInWords,
  stillNeeded,
  voterInWords,
} from './wording.ts';

/** @param options.publicUrl the address of the pages, where the whole difference can be read */
export function policyChangeCard(change: PolicyChangeView, options: { readonly publicUrl: string }): Card {
  const words = texts().policyChanges;
  const who = nameOrNull(change.proposer);
  const title = plainLine(who === null ? words.titleOfFile : words.title(who), TITLE_CHARACTERS_MAX);
  const standing = standingOf(change);
  const status = plainLine(standing.status, STATUS_CHARACTERS_MAX);
  const verbatim = differenceOf(change);
  return {
    tone: standing.tone,
    title,
    status,
    verbatim: [verbatim],
    fields: fieldsOf(change),
    lists: listsOf(change),
    actions: actionsOf(change, { ...options, whole: verbatim.omits === null }),
    fallback: `${title}. ${status}`,
  };
}

/** Where a change of the policy is shown in full. */
export function policyChangeUrl(changeId: string, publicUrl: string): string {
  return `${publicUrl}/policy/changes/${encodeURIComponent(changeId)}`;
}

/** What a click is about: the change, and the version that its card showed. */
export function policyChangeSubject(change: Pick<PolicyChangeView, 'id' | 'version'>): string {
  return `${change.id}.${change.version}`;
}

/** @returns null for a subject that no card carries */
export function readPolicyChangeSubject(subject: string): { changeId: string; version: string } | null {
  const match = /^(p-[a-z2-7]{8})\.([A-Za-z0-9:_-]{1,80})$/.exec(subject);
  const [, changeId, version] = match ?? [];
  return changeId === undefined || version === undefined ? null : { changeId, version };
}

/** A finished simulation, in sentences. */
function impactInWords(impact: PolicyImpact): string {
  const counts = listInWords([
    countInWords('requests', impact.requests),
    countInWords('statements', impact.statements),
  ]);
  return texts().policyChanges.impact.ofTheLast({ time: formatDuration(impact.sinceMs), counts });
}

function countInWords(
  what: 'requests' | 'statements',
  { changed, compared, skipped }: SimulatedCount,
): string {
  const words = texts().policyChanges.impact;
  const counts = words[what](changed, compared);
  return skipped === 0 ? counts : words.notCompared(counts, skipped);
}

function standingOf(change: PolicyChangeView): { readonly tone: Tone; readonly status: string } {
  const words = texts().policyChanges.status;
  const decidedAt = instantOrNull(change.decidedAt);
  const agreed = change.votes.filter((vote) => vote.verdict === 'approve').map(voterInWords);
  const denial = change.votes.find((vote) => vote.verdict === 'deny');
  switch (change.state) {
    case 'pending':
      return { tone: 'waiting', status: words.pending(stillNeeded(change)) };
    case 'applied': {
      const since = formatInstant(change.decidedAt ?? change.createdAt);
      const approvers = agreed.length === 0 ? null : listInWords(agreed);
      return change.inForce
        ? { tone: 'good', status: words.inForce({ since, approvers }) }
        : { tone: 'neutral', status: words.wasInForce({ since, approvers }) };
    }
    case 'denied': {
      const who = denial === undefined ? null : voterInWords(denial);
      return { tone: 'bad', status: words.denied({ who, decidedAt, note: denial?.note ?? null }) };
    }
    case 'cancelled':
      return { tone: 'neutral', status: words.cancelled(decidedAt) };
    case 'expired':
      return { tone: 'neutral', status: words.lapsed({ needed: stillNeeded(change), decidedAt }) };
    case 'superseded':
      return { tone: 'neutral', status: words.superseded(decidedAt) };
  }
}

function differenceOf({ difference }: PolicyChangeView): CardVerbatim {
  const text = visibleText(difference);
  return {
    label: texts().labels.difference,
    text: text.slice(0, VERBATIM_CHARACTERS_MAX).toWellFormed(),
    omits: text.length > VERBATIM_CHARACTERS_MAX ? texts().policyChanges.omitted(text.length) : null,
  };
}

function fieldsOf(change: PolicyChangeView): readonly CardField[] {
  const fields: CardField[] = [];
  if (change.proposer !== null)
    fields.push({ label: texts().labels.who, value: fullNameOf(change.proposer) });
  fields.push({
    label: texts().labels.from,
    rank: 'small-print',
    value: change.source === 'file' ? texts().people.theFileOfAServer : texts().policyChanges.fromCommand,
  });
  if (change.comment !== null) {
    fields.push({
      label: texts().labels.comment,
      rank: 'quote',
      value: plainBlock(change.comment, { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX }),
    });
  }
  if (change.seats.length > 0) {
    fields.push({ label: texts().labels.impact, value: impactOf(change) });
    fields.push({
      label: texts().labels.approval,
      rank: 'small-print',
      value: texts().people.needsAsField(seatsInWords(change.seats)),
    });
  }
  if (change.state === 'pending') {
    fields.push({
      label: texts().labels.lapses,
      value: formatInstant(change.lapsesAt),
      countdownTo: change.lapsesAt.toISOString(),
    });
  }
  fields.push(
    {
      label: texts().labels.version,
      rank: 'small-print',
      value: plainLine(change.version, NAME_CHARACTERS_MAX),
      code: true,
    },
    { label: texts().labels.id, rank: 'small-print', value: change.id, code: true },
  );
  return fields;
}

function impactOf({ impact, state }: PolicyChangeView): string {
  const words = texts().policyChanges.impact;
  if (impact === null) return state === 'pending' ? words.underWay : words.unknown;
  return plainLine([impactInWords(impact), ...impact.notes].join(' '), VALUE_CHARACTERS_MAX);
}

function listsOf(change: PolicyChangeView): readonly CardList[] {
  const lists: CardList[] = [];
  const groups = change.impact?.groups ?? [];
  if (groups.length > 0) {
    lists.push({
      title: texts().policyChanges.impact.title,
      items: groups.slice(0, LIST_ITEMS_MAX).map(groupItem),
    });
  }
  if (change.votes.length > 0) lists.push(votesList(change.votes));
  return lists;
}

function groupItem(group: ImpactGroup): CardList['items'][number] {
  const { groups, outcomes, because } = texts().policyChanges.impact;
  const change = { from: outcomes[group.from], to: outcomes[group.to] };
  return {
    text: plainLine(groups[group.subject](group.count, change), TITLE_CHARACTERS_MAX),
    detail: plainLine(because({ rule: group.because, example: group.example }), NOTE_SHOWN_CHARACTERS_MAX),
    tone:
      group.to === 'allowed' || group.to === 'automatic' || group.to === 'break-glass'
        ? 'warning'
        : 'neutral',
  };
}

function votesList(votes: readonly PolicyChangeVoteView[]): CardList {
  return {
    title: texts().decisions.title,
    items: votes.slice(-LIST_ITEMS_MAX).map((vote) => {
      const { decisions } = texts();
      const who = voterInWords(vote);
      const where = decisions.where({ instant: formatInstant(vote.at), platform: vote.platform });
      const note = vote.note === null ? '' : `: ${plainLine(vote.note, NOTE_SHOWN_CHARACTERS_MAX)}`;
      return {
        text: vote.verdict === 'approve' ? decisions.approved(who) : decisions.denied(who),
        detail: `${where}${note}`,
        tone: vote.verdict === 'approve' ? 'good' : 'bad',
      };
    }),
  };
}

function actionsOf(
  change: PolicyChangeView,
  options: { readonly publicUrl: string; readonly whole: boolean },
): readonly CardAction[] {
  const url = policyChangeUrl(change.id, options.publicUrl);
  if (change.state !== 'pending') return [{ kind: 'link', label: texts().buttons.details, url }];
  const subject = policyChangeSubject(change);
  const deny = {
    kind: 'button',
    action: 'deny-policy',
    subject,
    label: texts().buttons.deny,
    style: 'danger',
  } as const;
  if (!options.whole) return [{ kind: 'link', label: texts().buttons.readAll, url }, deny];
  return [
    { kind: 'button', action: 'approve-policy', subject, label: texts().buttons.approve, style: 'primary' },
    deny,
    { kind: 'link', label: texts().buttons.details, url },
  ];
}
