/**
 * Why a message is refused before, or without, being judged as SQL: the rule's name and what the client reads.
 * The SQLSTATE of a rule is in `problems.ts`.
 */
import type { HoldView } from '../../access/views.ts';
import { formatDuration } from '../../core/duration.ts';
import { NAMES_MAX, type RunByName } from './client-names.ts';

/** PostgreSQL's NAMEDATALEN, without the zero at the end. */
const NAME_BYTES_MAX = 63;

export interface Refusal {
  readonly rule: string;
  readonly reason: string;
}

export const NOT_UTF8: Refusal = {
  rule: 'statement-not-utf8',
  reason: 'The statement is not valid UTF-8, so it cannot be judged. Set the client encoding to UTF8.',
};

export const FUNCTION_CALL: Refusal = {
  rule: 'function-call',
  reason: 'The function-call message is available for large objects only. Call the function with SELECT.',
};

export const PARAMETERS_NOT_REVIEWABLE: Refusal = {
  rule: 'parameters-not-reviewable',
  reason:
    'This statement needs approval, and its parameters are too long to be shown in full, so nobody can give it.',
};

/** PostgreSQL's own words for a statement in a failed transaction: nobody is asked about what cannot run. */
export const FAILED_TRANSACTION: Refusal = {
  rule: 'failed-transaction',
  reason: 'current transaction is aborted, commands ignored until end of transaction block',
};

/** PostgreSQL's own words, because it is the client who asked. */
export const WITHDRAWN: Refusal = {
  rule: 'withdrawn',
  reason: 'canceling statement due to user request',
};

export const NOBODY_ASKED: Refusal = {
  rule: 'approval-unavailable',
  reason:
    'This statement needs approval, and nobody can be asked right now, so it was not forwarded. Try again in a moment.',
};

export const CHANGED_WHILE_HELD: Refusal = {
  rule: 'changed-while-held',
  reason:
    'The policy, or what the names in this statement mean, changed while it waited, so its approval no longer holds. Send it again to ask again.',
};

export const CHANGED_WHILE_INSPECTED: Refusal = {
  rule: 'policy-changed',
  reason: 'The policy changed while this statement was inspected, so it was not forwarded. Send it again.',
};

export const PREPARED_UNDER_ANOTHER_POLICY: Refusal = {
  rule: 'policy-changed',
  reason:
    'The policy changed since this large statement was prepared, so it must be judged again. Prepare it again.',
};

export const BOUND_UNDER_ANOTHER_POLICY: Refusal = {
  rule: 'policy-changed',
  reason:
    'The policy changed since this statement was bound, and it needs an approval under the one in force. Send it again to ask.',
};

/** Of SQL's own names. */
export function namedUnderAnotherPolicy({ kind, name }: RunByName): Refusal {
  const what = kind === 'portal' ? 'cursor' : 'prepared statement';
  return {
    rule: 'policy-changed',
    reason: `The policy changed during this session, and what "${name}" stands for was not judged by the one in force. Give the ${what} another name, or connect again.`,
  };
}

export const TOO_MANY_STATEMENTS: Refusal = {
  rule: 'too-many-prepared-statements',
  reason: `This session has ${NAMES_MAX} prepared statements, which is the limit. Close some.`,
};

export const TOO_MANY_PORTALS: Refusal = {
  rule: 'too-many-portals',
  reason: `This session has ${NAMES_MAX} portals, which is the limit.`,
};

/** What it returns was fixed at Bind; what it runs is looked up at Execute, and could be something else by then. */
export const STALE_PORTAL: Refusal = {
  rule: 'stale-portal',
  reason: 'FETCH and EXECUTE must be executed right after they are bound, because results are masked here.',
};

export const MASK_WRITTEN_BACK: Refusal = {
  rule: 'masks',
  reason: 'A parameter would write a masked value back over the original. Leave the masked column out.',
};

export function hiddenStatement({ kind, name }: RunByName): Refusal {
  const [verb, what] = kind === 'portal' ? ['FETCH', 'portal'] : ['EXECUTE', 'prepared statement'];
  return {
    rule: 'hidden-statement',
    reason: `"${name}" is a ${what} of the protocol, and ${verb} would run it without showing what it is. Execute it in the protocol, or give it another name.`,
  };
}

export function unknownStatement(name: string): Refusal {
  return { rule: 'unknown-prepared-statement', reason: `prepared statement "${name}" does not exist` };
}

export function unknownPortal(name: string): Refusal {
  return { rule: 'unknown-portal', reason: `portal "${name}" does not exist` };
}

export function statementTooLarge(size: { bytes: number; bytesMax: number }): Refusal {
  return {
    rule: 'statement-too-large',
    reason: `The statement has ${size.bytes} bytes; at most ${size.bytesMax} are judged and forwarded. Use COPY or parameters for data, or split it (setting: broker.statementBytesMax).`,
  };
}

export function parametersTooLarge(size: { bytes: number; bytesMax: number }): Refusal {
  return {
    rule: 'parameters-too-large',
    reason: `The parameters have ${size.bytes} bytes; at most ${size.bytesMax} can be recorded, so they were not forwarded.`,
  };
}

/** PostgreSQL cuts longer names without a word, and then two names of the client are one of the target's. */
export function nameTooLong(name: string): Refusal | null {
  const bytes = Buffer.byteLength(name);
  if (bytes <= NAME_BYTES_MAX) return null;
  return {
    rule: 'name-too-long',
    reason: `The name of a statement or portal has ${bytes} bytes; PostgreSQL tells names apart by ${NAME_BYTES_MAX}.`,
  };
}

/** @param problem why nobody could be asked, in words for the client */
export function notReviewable(problem: string): Refusal {
  return { rule: 'not-reviewable', reason: `This statement needs approval. ${problem}` };
}

export function deniedByPeople(hold: HoldView): Refusal {
  const names = hold.votes.filter(({ verdict }) => verdict === 'deny').map(({ person }) => person.name);
  const note = hold.note === null ? '' : `: ${hold.note}`;
  return { rule: hold.rule, reason: `${hold.id} was denied by ${names.join(' and ')}${note}` };
}

export function expiredUndecided(hold: HoldView): Refusal {
  const waited = formatDuration(hold.expiresAt.getTime() - hold.createdAt.getTime());
  return { rule: hold.rule, reason: `${hold.id} was not approved within ${waited}, so it was not forwarded` };
}
