/** Which function a call means, and what calling it amounts to. */
import type { Effect } from '../../../core/statement.ts';
import { BUILTIN_OPERATORS, VOLATILE_FUNCTIONS } from './builtin-names.ts';
import type { DatabaseFacts, UserFunction } from './database-facts.ts';
import type { Findings } from './findings.ts';
import { effectOfBuiltin, isBuiltin } from './function-effects.ts';

interface Context {
  readonly findings: Findings;
  readonly facts: DatabaseFacts;
}

function candidatesOf(parts: readonly string[], facts: DatabaseFacts): readonly UserFunction[] | null {
  const name = parts.at(-1) ?? '';
  const schema = parts.at(-2);
  const known = facts.userFunctions.get(name) ?? [];
  if (schema === undefined) return known.length === 0 ? null : known;
  const inSchema = known.filter((candidate) => candidate.schema === schema);
  // The schema settles what is meant, whether the catalog was read or not.
  return inSchema.length > 0 ? inSchema : [{ schema, name, volatility: 'volatile' }];
}

/** A call that is certainly not PostgreSQL's own. */
export function addUserCall(parts: readonly string[], { findings, facts }: Context): void {
  const candidates = candidatesOf(parts, facts);
  findings.addCall({ name: parts.join('.'), candidates });
  const known = facts.userFunctions.get(parts.at(-1) ?? '') ?? [];
  if (candidates?.some((one) => one.volatility === 'volatile' && known.includes(one))) {
    findings.addFlag('volatile-function');
  }
}

/** Code that runs under a name that says nothing about it. */
export function addUnknownCall(name: string, { findings }: Context): void {
  findings.addCall({ name, candidates: null });
}

/** The effect of one of the server's own functions; null when it only computes. */
function addBuiltin(name: string, { findings }: Context): void {
  if (VOLATILE_FUNCTIONS.has(name)) findings.addFlag('volatile-function');
  const effect: Effect | null = effectOfBuiltin(name);
  if (effect === 'call') findings.addCall({ name, candidates: null });
  else if (effect !== null) findings.addEffects([effect]);
}

/** A call by name. Without a schema it may mean the server's function and the target's: both count. */
export function addNamedCall(parts: readonly string[], context: Context): void {
  const name = parts.at(-1) ?? '';
  const schema = parts.at(-2);
  const home = schema ?? 'pg_catalog';
  const builtin = (home === 'pg_catalog' || home === 'information_schema') && isBuiltin(home, name);
  if (builtin) addBuiltin(name, context);
  if (!builtin || (schema === undefined && context.facts.userFunctions.has(name)))
    addUserCall(parts, context);
}

/**
 * `x.name` and `(x).name` call a function `name(x)` when there is no such column: `('/etc/passwd'::text).pg_read_file`
 * reads the file. So a selected name counts when it is a function that does more than compute.
 */
export function addSelectedName(name: string | null, context: Context): void {
  if (name === null) return;
  const { userFunctions, columnNames } = context.facts;
  if (userFunctions.has(name) && columnNames?.has(name) !== true) {
    context.findings.addFunction(name);
    addUserCall([name], context);
  }
  if (effectOfBuiltin(name) === null) return;
  context.findings.addFunction(name);
  addBuiltin(name, context);
}

/**
 * An operator that PostgreSQL does not ship runs the function of whoever made it. One that shares its name with a
 * built-in is told apart by the types of what it stands between, which the text does not show: it counts where
 * its function is volatile, or else every `+` would in a database that adds amounts of its own.
 */
export function addOperator(parts: readonly string[], context: Context): void {
  if (parts.length === 0) return;
  const name = parts.at(-1) ?? '';
  const schema = parts.at(-2);
  const made = context.facts.userOperators?.get(name) ?? [];
  const builtin = BUILTIN_OPERATORS.has(name) && (schema === undefined || schema === 'pg_catalog');
  if (builtin && (schema !== undefined || !made.some(({ volatility }) => volatility === 'volatile'))) return;
  context.findings.addCall({
    name: `operator ${parts.join('.')}`,
    candidates: made.length === 0 ? null : made,
  });
}
