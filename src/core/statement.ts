/** What a command would do, worked out from its text before anything runs. */

/** Ordered from least to most consequential: the last one present is the statement's operation. */
export const EFFECTS = [
  'session',
  'transaction',
  'select',
  'run',
  'read-file',
  'set',
  'listen',
  'lock',
  'maintenance',
  'copy-out',
  'insert',
  'update',
  'merge',
  'copy-in',
  'write-file',
  'delete',
  'create',
  'alter',
  'call',
  'do',
  'truncate',
  'drop',
  'grant',
  'role-admin',
  'server-file',
  'copy-program',
  'access-admin',
  'indirect',
  'unknown',
] as const;
export type Effect = (typeof EFFECTS)[number];

/**
 * Those of a command for a shell: a program runs; a redirection reads or writes a file; what would make a way around
 * the broker; something may run that the command does not show.
 */
export const SHELL_EFFECTS = ['run', 'read-file', 'write-file', 'access-admin', 'indirect'] as const;
export type ShellEffect = (typeof SHELL_EFFECTS)[number];

/** Those of a statement for a database. */
export type DatabaseEffect = Exclude<Effect, ShellEffect>;
export const DATABASE_EFFECTS: readonly DatabaseEffect[] = EFFECTS.filter(isDatabaseEffect);

function isDatabaseEffect(effect: Effect): effect is DatabaseEffect {
  return !(SHELL_EFFECTS as readonly Effect[]).includes(effect);
}

/**
 * Effects that could make a way around the broker: passwords and roles of the server, what they are kept in, its files
 * and its programs. A role has them only where it lists them by name.
 */
export const EFFECTS_LISTED_BY_NAME: readonly Effect[] = ['role-admin', 'server-file', 'copy-program'];

/** Effects that every role has: transaction control, SHOW, DISCARD, cursors, prepared statements, safe settings. */
export const EFFECTS_OF_EVERY_ROLE: readonly Effect[] = ['session', 'transaction'];

const UNCHANGING_EFFECTS: readonly Effect[] = [
  'session',
  'transaction',
  'select',
  'run',
  'read-file',
  'set',
  'listen',
  'lock',
  'maintenance',
  'copy-out',
  'indirect',
  'unknown',
];

/** Effects behind which something is not as it was before. */
export const CHANGING_EFFECTS: readonly Effect[] = EFFECTS.filter(
  (effect) => !UNCHANGING_EFFECTS.includes(effect),
);

export interface Relation {
  /** Null when the text names no schema. */
  readonly schema: string | null;
  readonly name: string;
  readonly access: 'read' | 'write';
}

export type StatementFlag = 'missing-where' | 'several-statements' | 'explain-only' | 'volatile-function';

/** The analysis of one statement of a text. */
export interface StatementAnalysis {
  readonly text: string;
  readonly effects: readonly Effect[];
  readonly relations: readonly Relation[];
  /** Lower case; schema-qualified only where the text is. */
  readonly functions: readonly string[];
  readonly flags: readonly StatementFlag[];
}

/** The most consequential effect counts, wherever it hides. */
export function operationOf(effects: readonly Effect[]): Effect {
  return EFFECTS.findLast((effect) => effects.includes(effect)) ?? 'unknown';
}
