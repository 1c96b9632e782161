/**
 * The card of a held command: every character of what would run, what gives it its meaning, and after that
 * who decided what. A command that cannot be shown whole, because it is too long for a card or holds a secret,
 * cannot be approved from one: it links to where all of it is shown.
 */
import type { ChatHoldView, HoldView, HoldVoteView } from '../../access/views.ts';
import { type CommandContext, isHostContext } from '../../core/hold.ts';
import { parametersInLines, variablesInLines, visibleText } from '../../core/visible-text.ts';
import type { Card, CardAction, CardField, CardList, CardVerbatim, Tone } from '../card.ts';
import { texts } from '../texts/texts.ts';
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
  instantOrNull,
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
    texts().holds.title({ who: nameOf(hold.holder), resource: hold.resource }),
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
  const words = texts().holds.status;
  const decidedAt = instantOrNull(hold.decidedAt);
  switch (hold.state) {
    case 'held':
      return { tone: 'waiting', status: words.held(stillNeeded(hold)) };
    case 'approved': {
      const agreed = hold.votes.filter((vote) => vote.verdict === 'approve').map(voterInWords);
      const approved = hold.scope === 'session' ? words.approvedForSession : words.approvedOnce;
      return { tone: 'good', status: approved({ approvers: listInWords(agreed), decidedAt }) };
    }
    case 'denied': {
      const denial = hold.votes.find((vote) => vote.verdict === 'deny');
      const who = denial === undefined ? null : voterInWords(denial);
      return { tone: 'bad', status: words.denied({ who, decidedAt, note: hold.note }) };
    }
    case 'expired':
      return { tone: 'neutral', status: words.lapsed({ needed: stillNeeded(hold), decidedAt }) };
    case 'withdrawn':
      return {
        tone: 'neutral',
        status:
          hold.withdrawnBecause === 'client'
            ? words.withdrawnBy({ who: nameOf(hold.holder), decidedAt })
            : words.sessionEnded(decidedAt),
      };
  }
}

/** As many characters as a card holds of the command and of what else its meaning depends on. */
function verbatimOf(hold: ChatHoldView): readonly CardVerbatim[] {
  const shown = [{ label: texts().labels.command, text: visibleText(hold.text) }];
  if (hold.parameters.length > 0) {
    shown.push({ label: texts().labels.parameters, text: parametersInLines(hold.parameters) });
  }
  shown.push(...contextShown(hold.context));
  return shown.map(({ label, text }) => ({
    label,
    text: text.slice(0, VERBATIM_CHARACTERS_MAX).toWellFormed(),
    omits: omissionOf(hold, text),
  }));
}

/** Of a host. A directory that a field would not show as it is stands here. */
function contextShown(context: CommandContext): { readonly label: string; readonly text: string }[] {
  if (!isHostContext(context)) return [];
  const { labels } = texts();
  const { directory, environment } = context;
  const shown: { readonly label: string; readonly text: string }[] = [];
  if (!fitsField(directory)) shown.push({ label: labels.directory, text: visibleText(directory) });
  if (environment.length > 0) {
    shown.push({ label: labels.environment, text: variablesInLines(environment) });
  }
  return shown;
}

function fitsField(text: string): boolean {
  return visibleText(text) === text && plainLine(text, VALUE_CHARACTERS_MAX) === text;
}

function omissionOf(hold: ChatHoldView, text: string): string | null {
  if (text.length > VERBATIM_CHARACTERS_MAX) {
    return texts().holds.omits.tooLong(text.length);
  }
  if (hold.redactions > 0) return texts().holds.omits.secrets;
  return null;
}

function fieldsOf(hold: HoldView): readonly CardField[] {
  const { context } = hold;
  const fields: CardField[] = [
    { label: texts().labels.who, value: fullNameOf(hold.holder) },
    {
      label: texts().labels.resource,
      value: plainLine(`${hold.resource} (${hold.resourceKind})`, NAME_CHARACTERS_MAX),
    },
    { label: texts().labels.role, value: plainLine(hold.role, NAME_CHARACTERS_MAX) },
    ...runsAsFields(context),
    { label: texts().labels.effects, value: plainLine(hold.effects.join(', '), VALUE_CHARACTERS_MAX) },
  ];
  if (hold.relations.length > 0) {
    fields.push({
      label: texts().labels.touches,
      value: plainLine(hold.relations.join(', '), VALUE_CHARACTERS_MAX),
    });
  }
  if (!isHostContext(context) && context.searchPath !== null) {
    const value = plainLine(context.searchPath, VALUE_CHARACTERS_MAX);
    fields.push({ label: texts().labels.searchPath, rank: 'small-print', value, code: true });
  }
  fields.push(
    { label: texts().labels.rule, value: plainLine(`${hold.rule}: ${hold.reason}`, VALUE_CHARACTERS_MAX) },
    {
      label: texts().labels.approval,
      rank: 'small-print',
      value: texts().people.needsAsField(seatsInWords(hold.seats)),
    },
  );
  if (hold.state === 'held') {
    fields.push({
      label: texts().labels.lapses,
      value: formatTimeOfDay(hold.expiresAt),
      countdownTo: hold.expiresAt.toISOString(),
    });
  }
  if (hold.incident !== null) {
    fields.push({
      label: texts().labels.incident,
      value: plainLine(`#${hold.incident}`, NAME_CHARACTERS_MAX),
    });
  }
  fields.push(
    { label: texts().labels.sha256, rank: 'small-print', value: hold.textSha256, code: true },
    { label: texts().labels.inSession, rank: 'small-print', value: hold.sessionId, code: true },
    { label: texts().labels.id, rank: 'small-print', value: hold.id, code: true },
  );
  return fields;
}

/** Under which account, and where. */
function runsAsFields(context: CommandContext): readonly CardField[] {
  const { labels, holds } = texts();
  const field = (label: string, text: string): CardField => ({
    label,
    value: plainLine(text, VALUE_CHARACTERS_MAX),
    code: true,
  });
  if (!isHostContext(context)) {
    const { account, database } = context;
    return [field(labels.runsAs, holds.runsAs({ account, database }))];
  }
  const { account, directory } = context;
  return [
    field(labels.runsAs, account),
    ...(fitsField(directory) ? [field(labels.directory, directory)] : []),
    { label: labels.reads, rank: 'small-print', value: holds.readsNothing },
  ];
}

function votesList(votes: readonly HoldVoteView[]): CardList {
  return {
    title: texts().decisions.title,
    items: votes.slice(-LIST_ITEMS_MAX).map((vote) => ({
      text: verdictInWords(vote),
      detail: voteDetail(vote),
      tone: vote.verdict === 'approve' ? 'good' : 'bad',
    })),
  };
}

function verdictInWords(vote: HoldVoteView): string {
  const { decisions } = texts();
  const who = voterInWords(vote);
  if (vote.verdict === 'deny') return decisions.denied(who);
  return vote.scope === 'session' ? decisions.approvedForSession(who) : decisions.approvedOnce(who);
}

function voteDetail(vote: HoldVoteView): string {
  const where = texts().decisions.where({ instant: formatInstant(vote.at), platform: vote.platform });
  return vote.note === null ? where : `${where}: ${plainLine(vote.note, NOTE_SHOWN_CHARACTERS_MAX)}`;
}

function actionsOf(
  hold: HoldView,
  options: { readonly publicUrl: string; readonly whole: boolean },
): readonly CardAction[] {
  const url = holdUrl(hold.id, options.publicUrl);
  if (hold.state !== 'held') return [{ kind: 'link', label: texts().buttons.details, url }];
  const subject = holdSubject(hold);
  const deny: CardAction = {
    kind: 'button',
    action: 'deny-command',
    subject,
    label: texts().buttons.deny,
    style: 'danger',
  };
  if (!options.whole) return [{ kind: 'link', label: texts().buttons.readAll, url }, deny];
  return [
    { kind: 'button', action: 'approve-once', subject, label: texts().buttons.approveOnce, style: 'primary' },
    {
      kind: 'button',
      action: 'approve-for-session',
      subject,
      label: texts().buttons.approveForSession,
      style: 'plain',
    },
    deny,
    { kind: 'link', label: texts().buttons.details, url },
  ];
}
