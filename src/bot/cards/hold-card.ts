/**
 * The card of a held command: every character of what would run, what gives it its meaning, and after that
 * who decided what. A command that cannot be shown whole, because it is too long for a card or holds a secret,
 * cannot be approved from one: it links to where all of it is shown.
 */
import type { ChatHoldView, HoldView, HoldVoteView } from '../../access/views.ts';
import { parametersInLines, visibleText } from '../../core/visible-text.ts';
import type { Card, CardAction, CardField, CardList, CardVerbatim, Tone } from '../card.ts';
import {
  LIST_ITEMS_MAX,
  NAME_CHARACTERS_MAX,
  NOTE_SHOWN_CHARACTERS_MAX,
  STATUS_CHARACTERS_MAX,
  TITLE_CHARACTERS_MAX,
  VALUE_CHARACTERS_MAX,
  VERBATIM_CHARACTERS_MAX,
} from './limits.ts';
import { plainLine } from './plain-text.ts';
import {
  formatInstant,
  formatTimeOfDay,
  fullNameOf,
  listInWords,
  nameOf,
  seatsInWords,
  stillNeeded,
  voterInWords,
} from './wording.ts';

/** @param options.publicUrl the address of the pages, where the whole command can be read */
export function holdCard(hold: ChatHoldView, options: { readonly publicUrl: string }): Card {
  const standing = standingOf(hold);
  const title = plainLine(
    `${nameOf(hold.holder)} wants to run a command on ${hold.resource}`,
    TITLE_CHARACTERS_MAX,
  );
  const status = plainLine(standing.status, STATUS_CHARACTERS_MAX);
  const verbatim = verbatimOf(hold);
  return {
    tone: standing.tone,
    title,
    status,
    verbatim,
    fields: fieldsOf(hold),
    lists: hold.votes.length === 0 ? [] : [votesList(hold.votes)],
    actions: actionsOf(hold, { ...options, whole: verbatim.every((part) => part.omits === null) }),
    fallback: `${title}. ${status}`,
  };
}

/** What a click is about: the hold, and the hash of the bytes that its card showed. */
export function holdSubject(hold: Pick<HoldView, 'id' | 'textSha256'>): string {
  return `${hold.id}.${hold.textSha256}`;
}

/** @returns null for a subject that no card carries */
export function readHoldSubject(subject: string): { holdId: string; textSha256: string } | null {
  const match = /^(h-[a-z2-7]{8})\.([0-9a-f]{64})$/.exec(subject);
  const [, holdId, textSha256] = match ?? [];
  return holdId === undefined || textSha256 === undefined ? null : { holdId, textSha256 };
}

/** Where a held command is shown in full. */
export function holdUrl(holdId: string, publicUrl: string): string {
  return `${publicUrl}/holds/${encodeURIComponent(holdId)}`;
}

function standingOf(hold: HoldView): { readonly tone: Tone; readonly status: string } {
  const at = hold.decidedAt === null ? '' : ` at ${formatInstant(hold.decidedAt)}`;
  const approvers = hold.votes.filter((vote) => vote.verdict === 'approve').map(voterInWords);
  switch (hold.state) {
    case 'held':
      return { tone: 'waiting', status: `Held: still needs ${stillNeeded(hold)}.` };
    case 'approved': {
      const scope =
        hold.scope === 'session' ? 'for the rest of the session, exactly as it is' : 'to run once';
      return { tone: 'good', status: `Approved ${scope} by ${listInWords(approvers)}${at}.` };
    }
    case 'denied': {
      const denial = hold.votes.find((vote) => vote.verdict === 'deny');
      const by = denial === undefined ? '' : ` by ${voterInWords(denial)}`;
      return { tone: 'bad', status: `Denied${by}${at}${hold.note === null ? '.' : `: ${hold.note}`}` };
    }
    case 'expired':
      return {
        tone: 'neutral',
        status: `Lapsed${at}: it still needed ${stillNeeded(hold)}. It did not run.`,
      };
    case 'withdrawn': {
      const why = hold.withdrawnBecause === 'client' ? ` by ${nameOf(hold.holder)}` : ': its session ended';
      return { tone: 'neutral', status: `Withdrawn${why}${at}. It did not run.` };
    }
  }
}

/** As many characters as a card holds of the command and of its parameters. */
function verbatimOf(hold: ChatHoldView): readonly CardVerbatim[] {
  const texts = [{ label: 'Command', text: visibleText(hold.text) }];
  if (hold.parameters.length > 0) {
    texts.push({ label: 'Parameters', text: parametersInLines(hold.parameters) });
  }
  return texts.map(({ label, text }) => ({
    label,
    text: text.slice(0, VERBATIM_CHARACTERS_MAX).toWellFormed(),
    omits: omissionOf(hold, text),
  }));
}

function omissionOf(hold: ChatHoldView, text: string): string | null {
  if (text.length > VERBATIM_CHARACTERS_MAX) {
    return `This is the beginning of ${text.length} characters. All of them are on the command's own page.`;
  }
  if (hold.redactions > 0) return "Secrets in it are not shown here. They are on the command's own page.";
  return null;
}

function fieldsOf(hold: HoldView): readonly CardField[] {
  const { context } = hold;
  const fields: CardField[] = [
    { label: 'Who', value: fullNameOf(hold.holder) },
    { label: 'Resource', value: plainLine(`${hold.resource} (${hold.resourceKind})`, NAME_CHARACTERS_MAX) },
    { label: 'Role', value: plainLine(hold.role, NAME_CHARACTERS_MAX) },
    {
      label: 'Runs as',
      value: plainLine(`${context.account} in ${context.database}`, VALUE_CHARACTERS_MAX),
      code: true,
    },
    { label: 'Effects', value: plainLine(hold.effects.join(', '), VALUE_CHARACTERS_MAX) },
  ];
  if (hold.relations.length > 0) {
    fields.push({ label: 'Touches', value: plainLine(hold.relations.join(', '), VALUE_CHARACTERS_MAX) });
  }
  if (context.searchPath !== null) {
    const value = plainLine(context.searchPath, VALUE_CHARACTERS_MAX);
    fields.push({ label: 'Search path', rank: 'small-print', value, code: true });
  }
  fields.push(
    { label: 'Rule', value: plainLine(`${hold.rule}: ${hold.reason}`, VALUE_CHARACTERS_MAX) },
    { label: 'Approval', rank: 'small-print', value: `Needs ${seatsInWords(hold.seats)}` },
  );
  if (hold.state === 'held') {
    fields.push({
      label: 'Lapses',
      value: formatTimeOfDay(hold.expiresAt),
      countdownTo: hold.expiresAt.toISOString(),
    });
  }
  if (hold.incident !== null) {
    fields.push({ label: 'Incident', value: plainLine(`#${hold.incident}`, NAME_CHARACTERS_MAX) });
  }
  fields.push(
    { label: 'SHA-256', rank: 'small-print', value: hold.textSha256, code: true },
    { label: 'In session', rank: 'small-print', value: hold.sessionId, code: true },
    { label: 'ID', rank: 'small-print', value: hold.id, code: true },
  );
  return fields;
}

function votesList(votes: readonly HoldVoteView[]): CardList {
  return {
    title: 'Decisions',
    items: votes.slice(-LIST_ITEMS_MAX).map((vote) => ({
      text: `${voterInWords(vote)} ${verdictInWords(vote)}`,
      detail: voteDetail(vote),
      tone: vote.verdict === 'approve' ? 'good' : 'bad',
    })),
  };
}

function verdictInWords(vote: HoldVoteView): string {
  if (vote.verdict === 'deny') return 'denied';
  return vote.scope === 'session' ? 'approved for this session' : 'approved once';
}

function voteDetail(vote: HoldVoteView): string {
  const where = `${formatInstant(vote.at)}, in ${vote.platform}`;
  return vote.note === null ? where : `${where}: ${plainLine(vote.note, NOTE_SHOWN_CHARACTERS_MAX)}`;
}

function actionsOf(
  hold: HoldView,
  options: { readonly publicUrl: string; readonly whole: boolean },
): readonly CardAction[] {
  const url = holdUrl(hold.id, options.publicUrl);
  if (hold.state !== 'held') return [{ kind: 'link', label: 'Details', url }];
  const subject = holdSubject(hold);
  const deny: CardAction = {
    kind: 'button',
    action: 'deny-command',
    subject,
    label: 'Deny',
    style: 'danger',
  };
  if (!options.whole) return [{ kind: 'link', label: 'Read all of it to approve', url }, deny];
  return [
    { kind: 'button', action: 'approve-once', subject, label: 'Approve once', style: 'primary' },
    {
      kind: 'button',
      action: 'approve-for-session',
      subject,
      label: 'Approve for this session',
      style: 'plain',
    },
    deny,
    { kind: 'link', label: 'Details', url },
  ];
}
