/** What we tell a client in PostgreSQL's own error frame. */

import type { GrantView } from '../../access/views.ts';
import { isAppError, messageOf } from '../../core/errors.ts';
import type { EndReason } from '../../core/session.ts';
import type { EgressLimit } from '../../policies/rules/egress.ts';
import type { Problem } from './codec/report.ts';
import { PROTOCOL_VIOLATION } from './codec/violation.ts';

/** insufficient_privilege: what PostgreSQL itself answers when a role lacks a right. */
const INSUFFICIENT_PRIVILEGE = '42501';

const SYNTAX_ERROR = '42601';

/** Why a statement was not forwarded, before it is put into words for the client. */
export interface Denial {
  readonly sqlState: string;
  readonly message: string;
  readonly detail: string;
  readonly hint: string;
  /** Where in the statement, in characters from 1. */
  readonly position?: number | undefined;
}

/** Rules of ours that PostgreSQL has a code of its own for; clients act on codes. */
const SQL_STATES: Readonly<Record<string, string>> = {
  'statement-too-large': '54000',
  'statement-not-utf8': '22021',
  'state-unconfirmed': '57P03',
  'session-ended': '57P01',
  withdrawn: '57014',
  'failed-transaction': '25P02',
  'approval-unavailable': '57P03',
  'changed-while-held': '55000',
  'policy-changed': '55000',
  'parameters-not-reviewable': '54000',
  'not-reviewable': '54000',
  'unknown-prepared-statement': '26000',
  'unknown-portal': '34000',
  'stale-portal': '55000',
  'name-too-long': '42622',
  'too-many-portals': '53400',
  'too-many-prepared-statements': '53400',
};

/** A verdict in PostgreSQL's terms: the rule's message, which rule it was, and under which grant. */
export function denialOf(options: { rule: string; reason: string; grant: GrantView }): Denial {
  const { rule, reason, grant } = options;
  return {
    sqlState: SQL_STATES[rule] ?? INSUFFICIENT_PRIVILEGE,
    message: reason,
    detail: `Rule: ${rule}. The statement did not reach ${grant.resource}.`,
    hint: `You are connected under grant ${grant.id}, role ${grant.role}, until ${grant.expiresAt.toISOString()}. If you need more, ask in chat: /access request ${grant.resource}`,
  };
}

/**
 * A statement that cannot be read, in the words that PostgreSQL has for it.
 * @param options.plain leaves out that it was us; for sessions that nothing narrows
 */
export function syntaxDenial(options: {
  readonly denial: Denial;
  readonly message: string;
  readonly position: number;
  readonly plain: boolean;
}): Denial {
  const { denial, message, position, plain } = options;
  const told = plain ? { detail: '', hint: '' } : { detail: denial.detail, hint: denial.hint };
  return { sqlState: SYNTAX_ERROR, message, position, ...told };
}

export function denialProblem({ detail, hint, ...denial }: Denial): Problem {
  return {
    severity: 'ERROR',
    ...denial,
    ...(detail === '' ? {} : { detail }),
    ...(hint === '' ? {} : { hint }),
  };
}

function fatal(sqlState: string, message: string, hint?: string): Problem {
  return { severity: 'FATAL', sqlState, message, ...(hint === undefined ? {} : { hint }) };
}

const ENDINGS: Readonly<Record<EndReason, readonly [string, string]>> = {
  'client-closed': ['57P01', 'The session was closed'],
  'grant-expired': ['57P01', 'Your access has expired; whatever was still running was cancelled'],
  'grant-revoked': ['57P01', 'Your access was revoked; whatever was still running was cancelled'],
  'grant-done': ['57P01', 'This access was marked as done; whatever was still running was cancelled'],
  terminated: ['57P01', 'This session was terminated; whatever was still running was cancelled'],
  idle: ['57P05', 'Nothing moved for a long time, so the session was closed'],
  'upstream-closed': ['08006', 'The target closed the connection'],
  'upstream-failed': ['08006', 'The connection to the target failed'],
  'protocol-error': [PROTOCOL_VIOLATION, 'The session was closed, because a message broke the protocol'],
  'recording-failed': ['58030', 'The session was stopped, because it can no longer be recorded'],
  'recording-full': ['58030', 'The session was stopped, because it printed more than is recorded of one'],
  'spool-full': ['58030', 'The session was stopped, because too many recordings wait for object storage'],
  'stopped-by-rule': ['57P01', 'The session was stopped by a rule'],
  'policy-changed': ['57P01', 'The policy changed. Connect again'],
  'state-unconfirmed': [
    '57P01',
    'The session was stopped, because its right to exist could not be confirmed',
  ],
  shutdown: ['57P01', 'Sallyport is shutting down. Connect again in a moment'],
  'broker-lost': ['57P01', 'The session was stopped'],
};

/** The last thing a client reads. */
export function endingProblem(reason: EndReason, grant: GrantView): Problem {
  const [sqlState, message] = ENDINGS[reason];
  const hint =
    reason === 'grant-expired' || reason === 'grant-revoked' || reason === 'grant-done'
      ? `Ask again in chat: /access request ${grant.resource}`
      : undefined;
  return fatal(sqlState, `${message} (grant ${grant.id}, ${grant.resource}).`, hint);
}

/** Why a session was cut in the middle of a result: the operator's words where there are any. */
export function stopProblem(limit: EgressLimit, grant: GrantView): Problem {
  const limits = [
    ...(limit.rowsMax === null ? [] : [`${limit.rowsMax} rows`]),
    ...(limit.bytesMax === null ? [] : [`${limit.bytesMax} bytes`]),
  ].join(' or ');
  const most = `At most ${limits} may be returned per ${limit.per}.`;
  return {
    ...fatal(
      '53400',
      `${limit.message ?? most} The session was stopped (grant ${grant.id}, ${grant.resource}).`,
    ),
    detail: `Rule: ${limit.rule}. ${most} The statement was cancelled.`,
  };
}

/** Why a session cannot go on under the policy that is in force now. */
export function policyProblem(reason: string, grant: GrantView): Problem {
  const message = `The policy changed: ${reason} (grant ${grant.id}, ${grant.resource}).`;
  return fatal('57P01', message, 'Whatever was still running was cancelled.');
}

/** A fault of the handshake or relay as a client may see it: our own messages, never those of the system. */
export function faultProblem(error: unknown): Problem {
  if (!isAppError(error)) return fatal('XX000', 'Sallyport failed to serve this connection');
  const sqlState = error.context['sqlState'];
  if (typeof sqlState === 'string') return fatal(sqlState, messageOf(error));
  if (error.code === 'upstream_failed') return fatal('08006', error.message);
  if (error.code === 'unavailable') return fatal('57P03', error.message);
  return fatal('28000', error.message);
}
