/** The forms of what a request goes through besides votes: more time, words, a refused consent, an emergency. */
import type { RequestableResource } from '../../access/preview-request.ts';
import type { GrantView, RequestView } from '../../access/views.ts';
import { formatDuration } from '../../core/duration.ts';
import { COMMENT_CHARACTERS_MAX, REASON_CHARACTERS_MAX } from '../../core/request.ts';
import type { Form } from '../card.ts';
import { REASON_LINES_MAX, VALUE_CHARACTERS_MAX } from '../cards/limits.ts';
import { plainBlock, plainLine } from '../cards/plain-text.ts';
import { formatInstant, fullNameOf, nameOf } from '../cards/wording.ts';
import { becauseField, DURATION_CHARACTERS_MAX } from './fields.ts';
import { durationField, type RequestFormValues, resourceField, roleField } from './request-form.ts';

/** @param prefill what was typed already: `extend ID by 30m …` */
export function extendForm(
  grant: GrantView,
  prefill: { readonly by: string; readonly reason: string; readonly problem: string | null },
): Form {
  const until = `${grant.role} on ${grant.resource} (${grant.id}) lasts until ${formatInstant(grant.expiresAt)}.`;
  return {
    id: 'extend',
    subject: grant.id,
    title: 'Ask for more time',
    introduction: plainLine(
      `${until} ${prefill.problem ?? 'The policy decides who has to agree; sessions stay connected.'}`,
      VALUE_CHARACTERS_MAX,
    ),
    submitLabel: 'Ask',
    fields: [
      {
        name: 'by',
        label: 'How much longer',
        kind: 'text',
        required: true,
        value: prefill.by,
        placeholder: '30m, 1h, 1h30m',
        charactersMax: DURATION_CHARACTERS_MAX,
      },
      {
        ...becauseField('What is left to do'),
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
  return {
    id: 'break-glass',
    subject: 'new',
    title: 'Break the glass',
    introduction: plainLine(
      problem ??
        'You get access at once. Everybody who approves is told now, all you do is recorded, and others review it afterwards.',
      VALUE_CHARACTERS_MAX,
    ),
    submitLabel: 'Take access now',
    fields: [
      resourceField(values.resource, breakable),
      roleField(values, breakable),
      durationField(values, breakable),
      {
        ...becauseField('What is broken, and why it cannot wait'),
        value: values.reason,
        charactersMax: REASON_CHARACTERS_MAX,
      },
    ],
  };
}

export function commentForm(request: RequestView): Form {
  const last = request.comments.at(-1);
  const said = last === undefined ? '' : `\n${nameOf(last.author)} said: ${last.text}`;
  return {
    id: 'comment',
    subject: request.id,
    title: 'Comment on this request',
    introduction: plainBlock(`${whatIsAsked(request)}${said}`, {
      charactersMax: VALUE_CHARACTERS_MAX,
      linesMax: REASON_LINES_MAX,
    }),
    submitLabel: 'Say it',
    fields: [
      {
        name: 'text',
        label: 'Comment or question',
        kind: 'multiline',
        required: true,
        value: '',
        placeholder: 'Everybody who sees the card sees it',
        charactersMax: COMMENT_CHARACTERS_MAX,
      },
    ],
  };
}

export function refuseConsentForm(request: RequestView): Form {
  return {
    id: 'refuse-consent',
    subject: request.id,
    title: 'Refuse consent',
    introduction: plainBlock(`${whatIsAsked(request)}\nThe request is denied then.`, {
      charactersMax: VALUE_CHARACTERS_MAX,
      linesMax: REASON_LINES_MAX,
    }),
    submitLabel: 'Refuse',
    fields: [becauseField('What the requester should know')],
  };
}

function whatIsAsked(request: RequestView): string {
  const { requester, beneficiary, role, resource, durationMs, reason } = request;
  const other = beneficiary.id === requester.id ? '' : ` for ${fullNameOf(beneficiary)}`;
  const asked = `${fullNameOf(requester)} asks for ${role} on ${resource}${other} for ${formatDuration(durationMs)}.`;
  return `${asked}\nBecause: ${reason}`;
}
