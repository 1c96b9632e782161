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
import { fullNameOf, roleOnResource, stillNeeded } from '../cards/wording.ts';
import { texts } from '../texts/texts.ts';
import { becauseField, DURATION_CHARACTERS_MAX, noteField, OFFERED_DURATIONS_MS } from './fields.ts';

export function denyForm(request: RequestView): Form {
  return {
    id: 'deny',
    subject: request.id,
    title: texts().forms.deny.title,
    introduction: summaryOf(request),
    submitLabel: texts().forms.deny.submit,
    fields: [becauseField(texts().forms.deny.reasonHint)],
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
    title: texts().forms.approveForLess.title,
    introduction: summaryOf(request),
    submitLabel: texts().forms.approveForLess.submit,
    fields: [shorterDurationField(request.durationMs, prefill.durationMs), noteField(prefill.note ?? '')],
  };
}

/** @param note what was typed already: `approve h-… note …` */
export function approveCommandForm(hold: ChatHoldView, note: string): Form {
  const words = texts().forms.approveCommand;
  return {
    id: 'approve-command',
    subject: holdSubject(hold),
    title: words.title,
    introduction: commandSummaryOf(hold),
    submitLabel: words.submit,
    fields: [
      {
        name: 'scope',
        label: words.scope,
        kind: 'select',
        required: true,
        value: 'once',
        charactersMax: NAME_CHARACTERS_MAX,
        options: [
          { value: 'once', label: words.once },
          { value: 'session', label: words.session },
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
    title: texts().forms.denyCommand.title,
    introduction: commandSummaryOf(hold),
    submitLabel: texts().forms.denyCommand.submit,
    fields: [becauseField(texts().forms.denyCommand.reasonHint)],
  };
}

export function revokeForm(grant: GrantView): Form {
  const words = texts().forms.revoke;
  return {
    id: 'revoke',
    subject: grant.id,
    title: words.title,
    introduction: plainLine(
      words.introduction({ who: fullNameOf(grant.holder), what: roleOnResource(grant), id: grant.id }),
      VALUE_CHARACTERS_MAX,
    ),
    submitLabel: words.submit,
    fields: [becauseField(words.reasonHint)],
  };
}

function commandSummaryOf(hold: ChatHoldView): string {
  const words = texts().forms.command;
  const lines = [
    words.wantsToRun({ who: fullNameOf(hold.holder), resource: hold.resource }),
    visibleText(hold.text),
    words.hash(hold.textSha256),
  ];
  return plainBlock(lines.join('\n'), { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX });
}

function summaryOf(request: RequestView): string {
  const { said } = texts().forms;
  const lines = [
    said.asks({ who: fullNameOf(request.requester), what: whatIsAsked(request) }),
    said.because(request.reason),
    said.stillNeeded(stillNeeded(request)),
  ];
  return plainBlock(lines.join('\n'), { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX });
}

function whatIsAsked(request: RequestView): string {
  const { said } = texts().forms;
  const { kind, requester, beneficiary } = request;
  const what = roleOnResource(request);
  const time = formatDuration(request.durationMs);
  if (kind === 'extension') return said.moreTime({ what, time });
  return said.time({ what, time, other: beneficiary.id === requester.id ? null : fullNameOf(beneficiary) });
}

function shorterDurationField(askedMs: number, typedMs: number | null): FormField {
  const offered = new Set(OFFERED_DURATIONS_MS.filter((durationMs) => durationMs < askedMs));
  if (typedMs !== null) offered.add(typedMs);
  const base = {
    name: 'duration',
    label: texts().forms.fields.duration,
    required: true,
    charactersMax: DURATION_CHARACTERS_MAX,
  } as const;
  const chosen = typedMs ?? [...offered].at(-1);
  if (chosen === undefined) {
    return {
      ...base,
      kind: 'text',
      placeholder: texts().forms.approveForLess.lessThan(formatDuration(askedMs)),
    };
  }
  const options = [...offered]
    .sort((left, right) => left - right)
    .map((durationMs) => ({ value: formatDuration(durationMs), label: formatDuration(durationMs) }));
  return { ...base, kind: 'select', options, value: formatDuration(chosen) };
}
