/**
 * The forms of an approver. Each repeats what is decided, because a form can cover the card it came
 * from: nobody votes on something they do not see.
 */
import type { ChatHoldView, GrantView, RequestView } from '../../access/views.ts';
import { formatDuration } from '../../core/duration.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { Form, FormField } from '../card.ts';
import { holdSubject } from '../cards/hold-card.ts';
import { NAME_CHARACTERS_MAX, REASON_LINES_MAX, VALUE_CHARACTERS_MAX } from '../cards/limits.ts';
import { plainBlock, plainLine } from '../cards/plain-text.ts';
import { fullNameOf, stillNeeded } from '../cards/wording.ts';
import { becauseField, DURATION_CHARACTERS_MAX, noteField, OFFERED_DURATIONS_MS } from './fields.ts';

export function denyForm(request: RequestView): Form {
  return {
    id: 'deny',
    subject: request.id,
    title: 'Deny this request',
    introduction: summaryOf(request),
    submitLabel: 'Deny',
    fields: [becauseField('What the requester should know or do instead')],
  };
}

/** @param prefill what was typed already: `approve ID for 30m note …` */
export function approveForLessForm(
  request: RequestView,
  prefill: { readonly durationMs: number | null; readonly note: string | null },
): Form {
  return {
    id: 'approve-for-less',
    subject: request.id,
    title: 'Approve for less time',
    introduction: summaryOf(request),
    submitLabel: 'Approve',
    fields: [shorterDurationField(request.durationMs, prefill.durationMs), noteField(prefill.note ?? '')],
  };
}

/** @param note what was typed already: `approve h-… note …` */
export function approveCommandForm(hold: ChatHoldView, note: string): Form {
  return {
    id: 'approve-command',
    subject: holdSubject(hold),
    title: 'Approve this command',
    introduction: commandSummaryOf(hold),
    submitLabel: 'Approve',
    fields: [
      {
        name: 'scope',
        label: 'To run',
        kind: 'select',
        required: true,
        value: 'once',
        charactersMax: NAME_CHARACTERS_MAX,
        options: [
          { value: 'once', label: 'Once' },
          { value: 'session', label: 'For the rest of this session, exactly as it is' },
        ],
      },
      noteField(note),
    ],
  };
}

export function denyCommandForm(hold: ChatHoldView): Form {
  return {
    id: 'deny-command',
    subject: holdSubject(hold),
    title: 'Deny this command',
    introduction: commandSummaryOf(hold),
    submitLabel: 'Deny',
    fields: [becauseField('What its author should know or do instead')],
  };
}

export function revokeForm(grant: GrantView): Form {
  return {
    id: 'revoke',
    subject: grant.id,
    title: 'Revoke this access',
    introduction: plainLine(
      `${fullNameOf(grant.holder)} holds ${grant.role} on ${grant.resource} (${grant.id}). Live sessions end at once.`,
      VALUE_CHARACTERS_MAX,
    ),
    submitLabel: 'Revoke',
    fields: [becauseField('What its holder should know')],
  };
}

function commandSummaryOf(hold: ChatHoldView): string {
  const lines = [
    `${fullNameOf(hold.holder)} wants to run this on ${hold.resource}:`,
    visibleText(hold.text),
    `SHA-256 ${hold.textSha256}`,
  ];
  return plainBlock(lines.join('\n'), { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX });
}

function summaryOf(request: RequestView): string {
  const lines = [
    `${fullNameOf(request.requester)} asks for ${whatIsAsked(request)}.`,
    `Because: ${request.reason}`,
    `Still needed: ${stillNeeded(request)}.`,
  ];
  return plainBlock(lines.join('\n'), { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX });
}

function whatIsAsked(request: RequestView): string {
  const { kind, role, resource, durationMs, requester, beneficiary } = request;
  if (kind === 'extension') return `${formatDuration(durationMs)} more of ${role} on ${resource}`;
  const other = beneficiary.id === requester.id ? '' : ` for ${fullNameOf(beneficiary)}`;
  return `${role} on ${resource}${other} for ${formatDuration(durationMs)}`;
}

function shorterDurationField(askedMs: number, typedMs: number | null): FormField {
  const offered = new Set(OFFERED_DURATIONS_MS.filter((durationMs) => durationMs < askedMs));
  if (typedMs !== null) offered.add(typedMs);
  const base = {
    name: 'duration',
    label: 'For how long',
    required: true,
    charactersMax: DURATION_CHARACTERS_MAX,
  } as const;
  const chosen = typedMs ?? [...offered].at(-1);
  if (chosen === undefined) {
    return { ...base, kind: 'text', placeholder: `Less than ${formatDuration(askedMs)}` };
  }
  const options = [...offered]
    .sort((left, right) => left - right)
    .map((durationMs) => ({ value: formatDuration(durationMs), label: formatDuration(durationMs) }));
  return { ...base, kind: 'select', options, value: formatDuration(chosen) };
}
