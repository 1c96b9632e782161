/** Every form there is, with a text wherever somebody could have typed or chosen one. */
import type { Form } from '../../../src/bot/card.ts';
import {
  approveCommandForm,
  approveForLessForm,
  denyCommandForm,
  denyForm,
  revokeForm,
} from '../../../src/bot/forms/decision-forms.ts';
import type { FormId } from '../../../src/bot/forms/form-ids.ts';
import { denyPolicyForm, findingForm, unfreezeForm } from '../../../src/bot/forms/oversight-forms.ts';
import {
  breakGlassForm,
  commentForm,
  extendForm,
  refuseConsentForm,
} from '../../../src/bot/forms/request-life-forms.ts';
import { groupSeat } from '../../../src/core/claim.ts';
import {
  ALICE,
  BOB,
  grantView,
  holdView,
  policyChangeView,
  requestFormOf,
  requestView,
  reviewView,
} from './views.ts';

const AT = new Date('2026-11-21T12:10:00Z');

/** @param typed in every place at once */
export function everyForm(typed: string): Readonly<Record<FormId, Form>> {
  const person = { ...ALICE, name: typed, email: typed };
  const seats = [{ ...groupSeat('sre', 2), name: typed, filledBy: [] }];
  const about = { resource: typed, role: typed, reason: typed };
  const request = requestView({
    ...about,
    requester: person,
    beneficiary: { ...BOB, name: typed },
    ticket: typed,
    seats,
    comments: [{ author: person, text: typed, platform: 'slack', at: AT }],
  });
  const hold = holdView({ resource: typed, role: typed, holder: person, text: typed, parameters: [typed] });
  const grant = grantView({ ...about, holder: person });
  const review = reviewView({ ...about, requester: person, holder: person, seats });
  const roles = [{ role: typed, automatic: false, seats, durationMaxMs: 14_400_000 }];
  const requestable = [{ resource: typed, kind: 'postgres', labels: {}, roles }];
  const values = { ...about, duration: typed, ticket: typed };
  return {
    request: requestFormOf(
      { ...values, incident: typed, beneficiary: typed, workload: typed },
      { requestable, incidents: [{ name: typed, title: typed }], workloads: true, preview: typed },
    ),
    'approve-for-less': approveForLessForm(request, { durationMs: 2_700_000, note: typed }),
    deny: denyForm(request),
    'approve-command': approveCommandForm(hold, typed),
    'deny-command': denyCommandForm(hold),
    revoke: revokeForm(grant),
    extend: extendForm(grant, { by: typed, reason: typed, problem: typed }),
    'break-glass': breakGlassForm({ values, breakable: requestable, problem: typed }),
    comment: commentForm(request),
    'refuse-consent': refuseConsentForm(request),
    'find-justified': findingForm(review, 'justified'),
    'find-unjustified': findingForm(review, 'unjustified'),
    'deny-policy': denyPolicyForm(policyChangeView({ proposer: person, comment: typed })),
    unfreeze: unfreezeForm({ id: 'f-abcd2345', since: AT, by: person, reason: typed, lifted: null }),
  };
}
