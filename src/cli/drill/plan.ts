/** What an operator has a drill do: what they hold to be protected, not what the policy says is. */
import { AppError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { DrillLimits } from './model.ts';

/** In their order. */
const STEP_NAMES = [
  'tokens',
  'access',
  'masks',
  'bulk',
  'drop',
  'around',
  'host',
  'revoke',
  'recordings',
] as const;
export type StepName = (typeof STEP_NAMES)[number];
/** Without access nothing else can be tried. */
export const STEPS_TO_SKIP = STEP_NAMES.filter((name) => name !== 'access');

export interface TableName {
  /** As it was given. */
  readonly shown: string;
  /** Quoted, for a statement. */
  readonly sql: string;
}

export interface ColumnName {
  readonly shown: string;
  readonly table: TableName;
  /** Quoted. */
  readonly sql: string;
}

export interface HostPlan {
  readonly resource: string;
  readonly role: string | null;
  /** Outside of what the role may do, and without harm if it runs all the same. */
  readonly command: string;
}

export interface DrillPlan {
  readonly resource: string;
  readonly role: string | null;
  /** The stolen token. */
  readonly token: Secret<string>;
  /** Other tokens that have to be refused, by the name of their file. */
  readonly refused: readonly { readonly name: string; readonly token: Secret<string> }[];
  readonly masked: readonly ColumnName[];
  readonly bulk: TableName | null;
  /** More rows than these in one statement have to be stopped. */
  readonly rowsMax: number;
  readonly canary: TableName;
  readonly host: HostPlan | null;
  /** Names of steps. */
  readonly skip: readonly StepName[];
  /** A connection string of the target itself, past the broker; null without one. */
  readonly reference: Secret<string> | null;
  /** PEM; null for the key that the deployment itself names. */
  readonly publicKeyPem: string | null;
  readonly announced: boolean;
  /** What the request says that the stolen token asks with; null says that it is a drill. */
  readonly because: string | null;
  readonly limits: DrillLimits;
  readonly timeoutMs: number;
}

const NAME = /^[a-zA-Z_][\w$]{0,62}$/;
/** The only tables that a drill tries to drop. */
const CANARY = /^(?:[a-zA-Z_][\w$]{0,62}\.)?sallyport_drill_[a-z0-9_]{1,40}$/;

/** Of what `NAME` describes, which has no quotes in it. */
const quoted = (name: string): string => `"${name}"`;

/** @throws AppError `invalid_input` unless `table` or `schema.table` */
export function parseTable(text: string): TableName {
  const parts = text.split('.');
  if (parts.length > 2 || !parts.every((part) => NAME.test(part)))
    throw new AppError('invalid_input', `"${text}" is no table: write customers, or public.customers.`);
  return { shown: text, sql: parts.map(quoted).join('.') };
}

/** @throws AppError `invalid_input` unless `table.column` or `schema.table.column` */
export function parseColumn(text: string): ColumnName {
  const split = text.lastIndexOf('.');
  const column = text.slice(split + 1);
  if (split < 1 || !NAME.test(column))
    throw new AppError(
      'invalid_input',
      `"${text}" is no column: write customers.email, or public.customers.email.`,
    );
  return { shown: text, table: parseTable(text.slice(0, split)), sql: quoted(column) };
}

/** @throws AppError `invalid_input` for a table that a drill may not lose */
export function parseCanary(text: string): TableName {
  if (!CANARY.test(text))
    throw new AppError(
      'invalid_input',
      `"${text}" is no canary: a drill tries to drop only what is called sallyport_drill_….`,
    );
  return parseTable(text);
}

/** What makes the canary, for whoever owns the schema. */
export function canaryStatements({ sql }: TableName): readonly string[] {
  return [
    `create table if not exists ${sql} (note text not null)`,
    `insert into ${sql} (note) select 'lost if a drill is not stopped' where not exists (select from ${sql})`,
    `grant select, insert on ${sql} to public`,
  ];
}
