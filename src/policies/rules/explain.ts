/**
 * What the policy says about a statement, without a connection: the analysis, each rule, each role, and the verdict
 * that wins. Masks need the database's catalog, so they are not judged here; nor are limits on what flows back.
 */
import { AppError } from '../../core/errors.ts';
import type { StatementAnalysis } from '../../core/statement.ts';
import type { Verdict } from '../../core/verdict.ts';
import { analyzeSql } from '../analyzers/sql/analyze.ts';
import type { DatabaseFacts, UserFunction } from '../analyzers/sql/database-facts.ts';
import type { SqlStatement } from '../analyzers/sql/statement.ts';
import type { CommandRule, PolicyDocument, PostgresResource } from '../document/schema.ts';
import { decideStatement } from './decide.ts';
import { ruleMatches } from './match.ts';
import { selectorApplies } from './select.ts';

export interface ExplainedRule {
  readonly name: string;
  readonly action: CommandRule['action'];
  /** True when a statement is what the rule means; a rule that counts rows or bytes then counts its result. */
  readonly matches: boolean;
}

export interface ExplainedRole {
  readonly role: string;
  readonly verdict: Verdict['action'];
  /** Null when no rule decided. */
  readonly rule: string | null;
  readonly reason: string;
}

export interface Explanation extends ExplainedRole {
  readonly statements: readonly StatementAnalysis[];
  readonly rules: readonly ExplainedRule[];
  /** The same for every role that was asked about, in the order of the file. */
  readonly roles: readonly ExplainedRole[];
}

/** The best of several: what somebody could do who may choose. */
const ORDER: readonly Verdict['action'][] = ['allow', 'review', 'deny'];

/**
 * @param options.role only this one; without it every role is asked, and the one that allows most is the answer
 * @throws AppError `not_found` when the document has no such database or role
 */
export function explainStatement(options: {
  readonly document: PolicyDocument;
  readonly resource: string;
  readonly role: string | null;
  readonly text: string;
}): Explanation {
  const { document, text } = options;
  const resource = databaseNamed(document, options.resource);
  const roleNames = rolesOf(resource, options.role);
  const limits = { charactersMax: document.broker.statementBytesMax };
  const { statements, parseError } = analyzeSql(text, assumedFacts(resource), limits);
  const rules = document.rules.filter((rule) => selectorApplies(rule.on, resource));
  const roles = roleNames.map((roleName): ExplainedRole => {
    const role = resource.roles[roleName] ?? { allow: [] };
    const verdict = decideStatement({ analyses: statements, parseError, roleName, role, rules, masks: null });
    return { role: roleName, verdict: verdict.action, rule: verdict.rule, reason: verdict.reason };
  });
  const [best] = [...roles].sort((left, right) => ORDER.indexOf(left.verdict) - ORDER.indexOf(right.verdict));
  if (best === undefined) throw new AppError('not_found', `${resource.name} has no role.`);
  return {
    statements: statements.map(shownAnalysis),
    ...best,
    rules: rules.map(({ name, action, match }) => {
      return { name, action, matches: statements.some((statement) => ruleMatches(match, statement)) };
    }),
    roles,
  };
}

function databaseNamed(document: PolicyDocument, name: string): PostgresResource {
  const resource = document.resources.find((candidate) => candidate.name === name);
  if (resource?.kind === 'postgres') return resource;
  const known = document.resources.filter(({ kind }) => kind === 'postgres').map((one) => one.name);
  throw new AppError(
    'not_found',
    `There is no database named ${name}. ${known.length === 0 ? 'The file names none.' : `There is: ${known.join(', ')}.`}`,
  );
}

function rolesOf(resource: PostgresResource, role: string | null): readonly string[] {
  const known = Object.keys(resource.roles);
  if (role === null) return known;
  if (known.includes(role)) return [role];
  throw new AppError('not_found', `${resource.name} has no role ${role}. It has ${known.join(', ')}.`);
}

/** Without a catalog the functions that roles name are taken to be all there are of those names. */
export function assumedFacts(resource: PostgresResource): DatabaseFacts {
  const userFunctions = new Map<string, UserFunction[]>();
  const listed = Object.values(resource.roles).flatMap(({ functions }) => functions ?? []);
  for (const full of new Set(listed)) {
    const [schema = '', name = ''] = full.split('.');
    if (full.includes('*')) continue;
    userFunctions.set(name, [...(userFunctions.get(name) ?? []), { schema, name, volatility: 'stable' }]);
  }
  return { userFunctions };
}

function shownAnalysis({ text, effects, relations, functions, flags }: SqlStatement): StatementAnalysis {
  return {
    text,
    effects,
    relations: relations.map(({ schema, name, access }) => ({ schema, name, access })),
    functions,
    flags,
  };
}
