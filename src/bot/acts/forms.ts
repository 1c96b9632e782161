/** Submitted forms: what each does with its values. */
import { AppError } from '../../core/errors.ts';
import { NOTE_CHARACTERS_MAX } from '../../core/request.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { BotContext } from '../bot-context.ts';
import type { FormId } from '../forms/form-ids.ts';
import { texts } from '../texts/texts.ts';
import type { Act, ActInput, FormValues } from './act.ts';
import { submitRequestForm } from './ask-for-access.ts';
import { submitBreakGlass } from './break-glass.ts';
import { revokeGrantOf } from './end-access.ts';
import { textIn } from './form-text.ts';
import { submitExtension } from './more-time.ts';
import { submitDenialOfPolicy, submitFinding, submitUnfreeze } from './oversee.ts';
import { submitComment, submitRefusalOfConsent } from './talk.ts';
import { submitDenial, submitShorterTime } from './vote.ts';
import { submitApprovalOfCommand, submitDenialOfCommand } from './vote-on-command.ts';

interface Submission {
  readonly subject: string;
  readonly values: FormValues;
}
type Submit = (bot: BotContext, submission: Submission, input: ActInput) => Promise<ActAnswer>;

const FORM_TABLE: Readonly<Record<FormId, Submit>> = {
  request: (bot, { values }, input) => submitRequestForm(bot, values, input),
  'approve-for-less': (bot, { subject, values }, input) =>
    submitShorterTime(bot, { requestId: subject, values }, input),
  deny: (bot, { subject, values }, input) => submitDenial(bot, { requestId: subject, values }, input),
  'approve-command': submitApprovalOfCommand,
  'deny-command': submitDenialOfCommand,
  extend: submitExtension,
  'break-glass': (bot, { values }, input) => submitBreakGlass(bot, values, input),
  comment: submitComment,
  'refuse-consent': submitRefusalOfConsent,
  'find-justified': submitFinding('justified'),
  'find-unjustified': submitFinding('unjustified'),
  'deny-policy': submitDenialOfPolicy,
  unfreeze: submitUnfreeze,
  revoke: (bot, { subject, values }, input) =>
    revokeGrantOf(bot, { grantId: subject, reason: reasonOf(values) }, input),
};

export async function submitForm(
  bot: BotContext,
  act: Extract<Act, { kind: 'form' }>,
  input: ActInput,
): Promise<ActAnswer> {
  return FORM_TABLE[act.form](bot, act, input);
}

function reasonOf(values: FormValues): string {
  const reason = textIn(values, 'reason');
  if (reason === '') throw new AppError('invalid_input', texts().problems.sayWhyRevoked);
  if (reason.length > NOTE_CHARACTERS_MAX) {
    throw new AppError('invalid_input', texts().problems.reasonTooLong(NOTE_CHARACTERS_MAX));
  }
  return reason;
}
