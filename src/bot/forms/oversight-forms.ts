/** The forms of reviewers, of those who decide about the policy, and of those who may lift a freeze. */
import type { FreezeEpisode } from '../../access/freeze.ts';
import type { PolicyChangeView } from '../../access/policy-change-views.ts';
import type { ReviewView } from '../../access/review-views.ts';
import type { ReviewVerdict } from '../../core/review.ts';
import type { Form } from '../card.ts';
import { REASON_LINES_MAX, VALUE_CHARACTERS_MAX } from '../cards/limits.ts';
import { plainBlock } from '../cards/plain-text.ts';
import { policyChangeSubject } from '../cards/policy-change-card.ts';
import { formatInstant, fullNameOf, nameOf } from '../cards/wording.ts';
import { becauseField } from './fields.ts';

const LIMITS = { charactersMax: VALUE_CHARACTERS_MAX, linesMax: REASON_LINES_MAX };

export function findingForm(review: ReviewView, verdict: ReviewVerdict): Form {
  const taken = `${fullNameOf(review.holder)} took ${review.role} on ${review.resource} without approval.`;
  const justified = verdict === 'justified';
  return {
    id: justified ? 'find-justified' : 'find-unjustified',
    subject: review.id,
    title: justified ? 'This was justified' : 'This was not justified',
    introduction: plainBlock(`${taken}\nBecause: ${review.reason}`, LIMITS),
    submitLabel: justified ? 'Justified' : 'Not justified',
    fields: [becauseField('What you looked at, and what follows from it')],
  };
}

export function denyPolicyForm(change: PolicyChangeView): Form {
  const who = change.proposer === null ? 'the file of a server' : nameOf(change.proposer);
  return {
    id: 'deny-policy',
    subject: policyChangeSubject(change),
    title: 'Deny this change of the policy',
    introduction: plainBlock(`Version ${change.version}, from ${who}.`, LIMITS),
    submitLabel: 'Deny',
    fields: [becauseField('What has to be different')],
  };
}

export function unfreezeForm(freeze: FreezeEpisode): Form {
  return {
    id: 'unfreeze',
    subject: freeze.id,
    title: 'Lift the freeze',
    introduction: plainBlock(
      `Frozen since ${formatInstant(freeze.since)}.\nBecause: ${freeze.reason}`,
      LIMITS,
    ),
    submitLabel: 'Lift it',
    fields: [becauseField('Why it is safe again')],
  };
}
