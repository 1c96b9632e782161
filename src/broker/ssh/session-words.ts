/** Why a session ended, as its open channels are told: sentences. */
import type { GrantView } from '../../access/views.ts';
import { isAppError } from '../../core/errors.ts';
import type { EndReason } from '../../core/session.ts';

const ENDINGS: Readonly<Record<EndReason, string>> = {
  'client-closed': 'The session was closed',
  'grant-expired': 'Your access has expired; whatever was still running was killed',
  'grant-revoked': 'Your access was revoked; whatever was still running was killed',
  'grant-done': 'This access was marked as done; whatever was still running was killed',
  terminated: 'This session was terminated; whatever was still running was killed',
  idle: 'Nothing moved for a long time, so the session was closed',
  'upstream-closed': 'The target closed the connection',
  'upstream-failed': 'The connection to the target failed',
  'protocol-error': 'The session was closed, because a message broke the protocol',
  'recording-failed': 'The session was stopped, because it can no longer be recorded',
  'recording-full': 'The session was stopped, because it printed more than is recorded of one',
  'spool-full': 'The session was stopped, because too many recordings wait for object storage',
  'stopped-by-rule': 'The session was stopped by a rule',
  'policy-changed': 'The policy changed. Connect again',
  'state-unconfirmed': 'The session was stopped, because its right to exist could not be confirmed',
  shutdown: 'Sallyport is shutting down. Connect again in a moment',
  'broker-lost': 'The session was stopped',
};

const ASK_AGAIN: readonly EndReason[] = ['grant-expired', 'grant-revoked', 'grant-done'];

/** The last thing that open channels show. */
export function endingWords(reason: EndReason, grant: GrantView): string {
  const hint = ASK_AGAIN.includes(reason) ? ` Ask again in chat: /access request ${grant.resource}` : '';
  return `${ENDINGS[reason]} (grant ${grant.id}, ${grant.resource}).${hint}`;
}

/** A fault as a client may see it: our own messages, never those of the system. */
export function faultWords(error: unknown): string {
  return isAppError(error)
    ? `${error.message}.`.replace(/\.\.$/, '.')
    : 'Sallyport failed to serve this connection.';
}
