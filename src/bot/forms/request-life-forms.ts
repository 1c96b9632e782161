/** The forms of what a request goes through besides votes: more time, words, a refused consent, an emergency. */
import type { RequestableResource } from '../../access/preview-request.ts';
import type { GrantView, RequestView } from '../../access/views.ts';
import { formatDuration } from '../../core/duration.ts';
import { COMMENT_CHARACTERS_MAX, REASON_CHARACTERS_MAX } from '../../core/request.ts';
import type { Form } from '../card.ts';
import { REASON_LINES_MAX, VALUE_CHARACTERS_MAX } from '../cards/limits.ts';
import { plainBlock, plainLine } from '../cards/plain-text.ts';
import { formatInstant, fullNameOf, nameOf, roleOnResource } from '../cards/wording.ts';
import { texts } from '../texts/texts.ts';
import { becauseField, DURATION_CHARACTERS_MAX } from './fields.ts';
import { durationField, type RequestFormValues, resourceField, roleField } from './request-form.ts';

/** @param prefill what was typed already: `extend ID by 30m …` */
export function extendForm(
  grant: GrantView,
  prefill: { readonly by: string; readonly reason: string; readonly problem: string | null },
): Form {
  const { extend: words, fields } = texts().forms;
  return {
    id: 'extend',
    subject: grant.id,
    title: words.title,
    introduction: plainLine(
      words.introduction({
        what: roleOnResource(grant),
        id: grant.id,
        until: formatInstant(grant.expiresAt),
        more: prefill.problem ?? words.policyDecides,
      }),
      VALUE_CHARACTERS_MAX,
    ),
    submitLabel: words.submit,
    fields: [
      {
        name: 'by',
        label: words.by,
        kind: 'text',
        required: true,
        value: prefill.by,
        placeholder: fields.durationHint,
        charactersMax: DURATION_CHARACTERS_MAX,
      },
      {
        ...becauseField(words.reasonHint),
        value: prefill.reason,
        charactersMax: REASON_CHARACTERS_MAX,
      },
    ],
  };
}

/** @param input.problem why the last submission could not be used; null for a form that is new */
export function breakGlassForm(input: {
  readonly values: Pick<RequestFormValues, 'resource' | 'role' | 'duration' | 'reason' | 'ticket'>;
  readonly breakable: readonly RequestableResource[];
  readonly problem: string | null;
}): Form {
  const { values, breakable, problem } = input;
  const words = texts().forms.breakGlass;
  return {
    id: 'break-glass',
    subject: 'new',
    title: words.title,
    introduction: plainLine(problem ?? words.introduction, VALUE_CHARACTERS_MAX),
    submitLabel: words.submit,
    fields: [
      resourceField(values.resource, breakable),
      roleField(values, breakable),
      durationField(values, breakable),
      {
        ...becauseField(words.reasonHint),
        value: values.reason,
        charactersMax: REASON_CHARACTERS_MAX,
      },
    ],
  };
}

export function commentForm(request: RequestView): Form {
  const words = texts().forms.comment;
  const last = request.comments.at(-1);
  const said = last === undefined ? '' : `\n${words.said({ who: nameOf(last.author), text: last.text })}`;
  return {
    id: 'comment',
    subject: request.id,
    title: words.title,
    introduction: plainBlock(`${whatIsAsked(request)}${said}`, {
      charactersMax: VALUE_CHARACTERS_MAX,
      linesMax: REASON_LINES_MAX,
    }),
    submitLabel: words.submit,
    fields: [
      {
        name: 'text',
        label: words.text,
        kind: 'multiline',
        required: true,
        value: '',
        placeholder: words.textHint,
        charactersMax: COMMENT_CHARACTERS_MAX,
      },
    ],
  };
}

export function refuseConsentForm(request: RequestView): Form {
  const words = texts().forms.refuseConsent;
  return {
    id: 'refuse-consent',
    subject: request.id,
    title: words.title,
    introduction: plainBlock(`${whatIsAsked(request)}\n${words.denied}`, {
      charactersMax: VALUE_CHARACTERS_MAX,
      linesMax: REASON_LINES_MAX,
    }),
    submitLabel: words.submit,
    fields: [becauseField(words.reasonHint)],
  };
}

function whatIsAsked(request: RequestView): string {
  const { said } = texts().forms;
  const { requester, beneficiary, reason } = request;
  const what = said.time({
    what: roleOnResource(request),
    time: formatDuration(request.durationMs),
    other: beneficiary.id === requester.id ? null : fullNameOf(beneficiary),
  });
  return `${said.asks({ who: fullNameOf(requester), what })}\n${said.because(reason)}`;
}
