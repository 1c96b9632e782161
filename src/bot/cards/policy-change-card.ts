/**
 * The card of a change of the policy: the whole difference, what the change would have decided differently, and
 * who agreed. A difference that does not fit on a card cannot be approved from one: it links to its page.
 */
import type { PolicyChangeView, PolicyChangeVoteView } from '../../access/policy-change-views.ts';
import { formatDuration } from '../../core/duration.ts';
import type { ImpactGroup, PolicyImpact, SimulatedCount } from '../../core/policy-impact.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { Card, CardAction, CardField, CardList, CardVerbatim, Tone } from '../card.ts';
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
  listInWords,
  nameOf,
  seatsInWords,
  stillNeeded,
  voterInWords,
} from './wording.ts';

/** @param options.publicUrl the address of the pages, where the whole difference can be read */
export function policyChangeCard(change: PolicyChangeView, options: { readonly publicUrl: string }): Card {
  const who = change.proposer === null ? 'A server’s file' : nameOf(change.proposer);
  const title = plainLine(`${who} wants to change the policy`, TITLE_CHARACTERS_MAX);
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
  const counts = [
    `${countInWords(impact.requests, 'request', 'requests')}`,
    `${countInWords(impact.statements, 'statement', 'statements')}`,
  ];
  return `Of the last ${formatDuration(impact.sinceMs)}: ${listInWords(counts)} would be decided differently.`;
}

function countInWords({ changed, compared, skipped }: SimulatedCount, one: string, many: string): string {
  const left = skipped === 0 ? '' : ` (${skipped} could not be compared)`;
  return `${changed} of ${compared} ${compared === 1 ? one : many}${left}`;
}

function standingOf(change: PolicyChangeView): { readonly tone: Tone; readonly status: string } {
  const at = change.decidedAt === null ? '' : ` at ${formatInstant(change.decidedAt)}`;
  const agreed = change.votes.filter((vote) => vote.verdict === 'approve').map(voterInWords);
  const denial = change.votes.find((vote) => vote.verdict === 'deny');
  switch (change.state) {
    case 'pending':
      return { tone: 'waiting', status: `Waits: still needs ${stillNeeded(change)}.` };
    case 'applied': {
      const by = agreed.length === 0 ? '' : `, approved by ${listInWords(agreed)}`;
      return {
        tone: change.inForce ? 'good' : 'neutral',
        status: `${change.inForce ? 'In force since' : 'Was put into force at'} ${formatInstant(change.decidedAt ?? change.createdAt)}${by}.`,
      };
    }
    case 'denied':
      return {
        tone: 'bad',
        status: `Denied${denial === undefined ? '' : ` by ${voterInWords(denial)}`}${at}${denial?.note ? `: ${denial.note}` : '.'}`,
      };
    case 'cancelled':
      return { tone: 'neutral', status: `Cancelled${at}.` };
    case 'expired':
      return { tone: 'neutral', status: `Lapsed${at}: it still needed ${stillNeeded(change)}.` };
    case 'superseded':
      return { tone: 'neutral', status: `Replaced by another change${at}.` };
  }
}

function differenceOf({ difference }: PolicyChangeView): CardVerbatim {
  const text = visibleText(difference);
  return {
    label: 'Difference',
    text: text.slice(0, VERBATIM_CHARACTERS_MAX).toWellFormed(),
    omits:
      text.length > VERBATIM_CHARACTERS_MAX
        ? `This is the beginning of ${text.length} characters. All of them are on the change's own page.`
        : null,
  };
}

function fieldsOf(change: PolicyChangeView): readonly CardField[] {
  const fields: CardField[] = [];
  if (change.proposer !== null) fields.push({ label: 'Who', value: fullNameOf(change.proposer) });
  fields.push({
    label: 'From',
    rank: 'small-print',
    value: change.source === 'file' ? 'the file of a server' : 'sallyport policy apply',
  });
  if (change.comment !== null) {
    fields.push({
      label: 'Comment',
      rank: 'quote',
      value: plainBlock(change.comment, { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX }),
    });
  }
  if (change.seats.length > 0) {
    fields.push({ label: 'Impact', value: impactOf(change) });
    fields.push({ label: 'Approval', rank: 'small-print', value: `Needs ${seatsInWords(change.seats)}` });
  }
  if (change.state === 'pending') {
    fields.push({
      label: 'Lapses',
      value: formatInstant(change.lapsesAt),
      countdownTo: change.lapsesAt.toISOString(),
    });
  }
  fields.push(
    {
      label: 'Version',
      rank: 'small-print',
      value: plainLine(change.version, NAME_CHARACTERS_MAX),
      code: true,
    },
    { label: 'ID', rank: 'small-print', value: change.id, code: true },
  );
  return fields;
}

function impactOf({ impact, state }: PolicyChangeView): string {
  if (impact === null)
    return state === 'pending' ? 'being worked out; this card will change' : 'not worked out';
  return plainLine([impactInWords(impact), ...impact.notes].join(' '), VALUE_CHARACTERS_MAX);
}

function listsOf(change: PolicyChangeView): readonly CardList[] {
  const lists: CardList[] = [];
  const groups = change.impact?.groups ?? [];
  if (groups.length > 0) {
    lists.push({
      title: 'Would be decided differently',
      items: groups.slice(0, LIST_ITEMS_MAX).map(groupItem),
    });
  }
  if (change.votes.length > 0) lists.push(votesList(change.votes));
  return lists;
}

function groupItem(group: ImpactGroup): CardList['items'][number] {
  const noun = group.count === 1 ? group.subject : `${group.subject}s`;
  return {
    text: plainLine(`${group.count} ${noun}: ${group.from} → ${group.to}`, TITLE_CHARACTERS_MAX),
    detail: plainLine(`by ${group.because}; for example ${group.example}`, NOTE_SHOWN_CHARACTERS_MAX),
    tone:
      group.to === 'allowed' || group.to === 'automatic' || group.to === 'break-glass'
        ? 'warning'
        : 'neutral',
  };
}

function votesList(votes: readonly PolicyChangeVoteView[]): CardList {
  return {
    title: 'Decisions',
    items: votes.slice(-LIST_ITEMS_MAX).map((vote) => {
      const where = `${formatInstant(vote.at)}, in ${vote.platform}`;
      const note = vote.note === null ? '' : `: ${plainLine(vote.note, NOTE_SHOWN_CHARACTERS_MAX)}`;
      return {
        text: `${voterInWords(vote)} ${vote.verdict === 'approve' ? 'approved' : 'denied'}`,
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
  if (change.state !== 'pending') return [{ kind: 'link', label: 'Details', url }];
  const subject = policyChangeSubject(change);
  const deny = { kind: 'button', action: 'deny-policy', subject, label: 'Deny', style: 'danger' } as const;
  if (!options.whole) return [{ kind: 'link', label: 'Read all of it to approve', url }, deny];
  return [
    { kind: 'button', action: 'approve-policy', subject, label: 'Approve', style: 'primary' },
    deny,
    { kind: 'link', label: 'Details', url },
  ];
}
