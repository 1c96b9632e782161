/**
 * Whether a login can write. A read-only transaction is a default that a session can leave, so a read-only
 * role rests on the login's privileges: those of every role that it is a member of count, since SET ROLE
 * reaches them, and those of PUBLIC. The target is asked over the session's own connection (design, section 7).
 */
import type { Socket } from 'node:net';
import { AppError } from '../../core/errors.ts';
import { READ_ONLY_QUERY } from './read-only-query.ts';
import { runUpstreamQuery, type TextRow } from './upstream-query.ts';

/** What a session of a read-only role starts with; the second layer. */
export const READ_ONLY_PARAMETERS: readonly (readonly [string, string])[] = [
  ['default_transaction_read_only', 'on'],
];

/** One way in which the login could write. */
interface Finding {
  readonly kind: string;
  /** The role that has it, as SQL writes it; PUBLIC for everyone. */
  readonly holder: string;
  /** What it is about, as SQL writes it. */
  readonly object: string;
  readonly privilege: string;
}

interface Wording {
  /** Continues "The login …". */
  readonly says: (finding: Finding) => string;
  /** What takes it away. */
  readonly remedy: (finding: Finding) => string;
}

const revoke =
  (what: string) =>
  ({ privilege, object, holder }: Finding): string =>
    `REVOKE ${privilege} ON ${what} ${object} FROM ${holder}`;

const granted =
  (what: string) =>
  ({ privilege, object, holder }: Finding): string =>
    `has ${privilege} on ${what} ${object}${holder === 'PUBLIC' ? ', as everyone does' : ` through ${holder}`}`;

/** The kinds that `READ_ONLY_QUERY` names. */
const WORDINGS: Readonly<Record<string, Wording>> = {
  superuser: {
    says: ({ holder }) => `is or can become the superuser ${holder}`,
    remedy: () => 'use a login that is none: CREATE ROLE … LOGIN NOSUPERUSER',
  },
  attribute: {
    says: ({ holder, privilege }) => `has the attribute ${privilege} through ${holder}`,
    remedy: ({ holder, privilege }) => `ALTER ROLE ${holder} NO${privilege}`,
  },
  membership: {
    says: ({ holder }) => `is a member of ${holder}`,
    remedy: ({ holder }) => `REVOKE ${holder} FROM the login`,
  },
  owner: {
    says: ({ holder, object }) =>
      `owns ${object} through ${holder}, and an owner can grant itself everything`,
    remedy: ({ object }) => `ALTER ${object} OWNER TO a role that the login is not a member of`,
  },
  table: { says: granted('table'), remedy: revoke('TABLE') },
  sequence: { says: granted('sequence'), remedy: revoke('SEQUENCE') },
  column: {
    says: granted('the column'),
    remedy: ({ privilege, object, holder }) => {
      const [table = '', column = ''] = object.split(' ');
      return `REVOKE ${privilege} (${column}) ON ${table} FROM ${holder}`;
    },
  },
  schema: { says: granted('schema'), remedy: revoke('SCHEMA') },
  database: { says: granted('database'), remedy: revoke('DATABASE') },
  'large-object': { says: granted('large object'), remedy: revoke('LARGE OBJECT') },
  'large-objects': {
    says: () => 'can write every large object, since lo_compat_privileges is on',
    remedy: () => 'set lo_compat_privileges = off on the target',
  },
  parameter: { says: granted('parameter'), remedy: revoke('PARAMETER') },
  function: { says: granted('function'), remedy: revoke('FUNCTION') },
  writable: {
    says: () => 'starts with transactions that may write, whatever the connection asks for',
    remedy: () => 'let default_transaction_read_only reach the target',
  },
};

/**
 * Checks the login of a connection that no client has used yet.
 * @throws AppError `upstream_failed`, with the SQLSTATE to answer, naming what it can write and what takes
 *   that away; also when the target does not say
 */
export async function checkReadOnly(
  socket: Socket,
  target: { readonly resource: string; readonly role: string },
): Promise<void> {
  const [row] = await runUpstreamQuery(socket, READ_ONLY_QUERY);
  const problem = row === undefined ? null : describeFinding(parseFinding(row));
  if (problem === null) return;
  throw new AppError(
    'upstream_failed',
    `The role ${target.role} of ${target.resource} is read-only, but its login ${problem}. Nothing was connected.`,
    { context: { resource: target.resource, sqlState: '42501' } },
  );
}

function parseFinding(row: TextRow): Finding {
  const field = (name: string): string => row[name] ?? '';
  return {
    kind: field('kind'),
    holder: field('holder'),
    object: field('object'),
    privilege: field('privilege'),
  };
}

function describeFinding(finding: Finding): string {
  const wording = WORDINGS[finding.kind];
  // A finding without words is still one.
  if (wording === undefined) return `can write (${finding.kind})`;
  return `${wording.says(finding)}. To help: ${wording.remedy(finding)}`;
}
