/** What a request has to say, whatever the policy thinks of it. */
import { incidentOfChannel } from '../core/channel-globs.ts';
import { formatDuration } from '../core/duration.ts';
import { AppError } from '../core/errors.ts';
import { REASON_CHARACTERS_MAX, TICKET_CHARACTERS_MAX } from '../core/request.ts';
import { isOpenIncident } from '../store/operations/incidents.ts';
import type { AccessContext } from './context.ts';

const DURATION_MS_MIN = 60_000;
/** The name of the way in, which its caller puts before the key, included. */
const KEY_CHARACTERS_MAX = 300;

/** @returns the reason and the ticket without blanks around them. @throws AppError `invalid_input` */
export function checkTexts(input: { reason: string; ticket: string | null; idempotencyKey: string }): {
  reason: string;
  ticket: string | null;
} {
  const reason = input.reason.trim();
  const ticket = input.ticket?.trim() || null;
  if (reason === '')
    throw new AppError('invalid_input', 'Say why you need it: approvers decide by the reason.');
  if (reason.length > REASON_CHARACTERS_MAX) {
    throw new AppError('invalid_input', `The reason is longer than ${REASON_CHARACTERS_MAX} characters.`);
  }
  if (ticket !== null && ticket.length > TICKET_CHARACTERS_MAX) {
    throw new AppError('invalid_input', `The ticket is longer than ${TICKET_CHARACTERS_MAX} characters.`);
  }
  checkKey(input.idempotencyKey);
  return { reason, ticket };
}

/** @throws AppError `invalid_input` */
/** @throws AppError `invalid_input` */
export function checkKey(idempotencyKey: string): void {
  if (idempotencyKey !== '' && idempotencyKey.length <= KEY_CHARACTERS_MAX) return;
  throw new AppError('invalid_input', `An idempotency key has 1 to ${KEY_CHARACTERS_MAX} characters.`);
}

/** @throws AppError `invalid_input` */
export function checkDuration(durationMs: number): void {
  if (durationMs >= DURATION_MS_MIN) return;
  throw new AppError('invalid_input', `The shortest grant is ${formatDuration(DURATION_MS_MIN)}.`);
}

/**
 * An incident decides where the card and the sessions' summaries are posted, and conditions can ask for
 * one: no other channel passes for it than one that is named so, or that was declared to be one's and is open.
 * @throws AppError `invalid_input`
 */
export async function checkIncident(
  context: Pick<AccessContext, 'store'>,
  { incident, patterns }: { incident: string | null; patterns: readonly string[] },
): Promise<void> {
  if (incident === null || incidentOfChannel(incident, patterns) !== null) return;
  if (await isOpenIncident(context.store.read(), { name: incident })) return;
  throw new AppError(
    'invalid_input',
    `"${incident.slice(0, 60)}" is not an incident's channel. Those are named ${patterns.join(' or ')}.`,
  );
}
