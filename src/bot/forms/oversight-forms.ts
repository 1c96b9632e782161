/** The forms of reviewers, of those who decide about the policy, and of those who may lift a freeze. */
import type { FreezeEpisode } from '../../access/freeze.ts';
import type { PolicyChangeView } from '../../access/policy-change-views.ts';
import type { ReviewView } from '../../access/review-views.ts';
import type { ReviewVerdict } from '../../core/review.ts';
import type { Form } from '../card.ts';
import { REASON_LINES_MAX, VALUE_CHARACTERS_MAX } from '../cards/limits.ts';
import { plainBlock } from '../cards/plain-text.ts';
import { policyChangeSubject } from '../cards/policy-change-card.ts';
import { formatInstant, fullNameOf, nameOrNull, roleOnResource } from '../cards/wording.ts';
import { texts } from '../texts/texts.ts';
import { becauseField } from './fields.ts';

const LIMITS = { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX };

export function findingForm(review: ReviewView, verdict: ReviewVerdict): Form {
  const { finding: words, said } = texts().forms;
  const taken = words.taken({ who: fullNameOf(review.holder), what: roleOnResource(review) });
  const justified = verdict === 'justified';
  return {
    id: justified ? 'find-justified' : 'find-unjustified',
    subject: review.id,
    title: justified ? words.justifiedTitle : words.unjustifiedTitle,
    introduction: plainBlock(`${taken}\n${said.because(review.reason)}`, LIMITS),
    submitLabel: justified ? words.justified : words.unjustified,
    fields: [becauseField(words.reasonHint)],
  };
}

export function denyPolicyForm(change: PolicyChangeView): Form {
  const words = texts().forms.denyPolicy;
  const who = nameOrNull(change.proposer) ?? texts().people.theFileOfAServer;
  return {
    id: 'deny-policy',
    subject: policyChangeSubject(change),
    title: words.title,
    introduction: plainBlock(words.introduction({ version: change.version, who }), LIMITS),
    submitLabel: words.submit,
    fields: [becauseField(words.reasonHint)],
  };
}

export function unfreezeForm(freeze: FreezeEpisode): Form {
  const { unfreeze: words, said } = texts().forms;
  return {
    id: 'unfreeze',
    subject: freeze.id,
    title: words.title,
    introduction: plainBlock(
      `${said.frozenSince(formatInstant(freeze.since))}\n${said.because(freeze.reason)}`,
      LIMITS,
    ),
    submitLabel: words.submit,
    fields: [becauseField(words.reasonHint)],
  };
}
