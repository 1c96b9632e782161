/**
 * What the policy says about a statement or a command, without a connection: the analysis, each rule, each role, and the
 * verdict that wins. Masks need the database's catalog, so they are not judged here; nor are limits on what flows back.
 */
import { AppError } from '../../core/errors.ts';
import type { StatementAnalysis } from '../../core/statement.ts';
import type { Verdict } from '../../core/verdict.ts';
import { readFileStatement } from '../analyzers/files/file-statement.ts';
import { analyzeShell, type ShellStatement } from '../analyzers/shell/analyze.ts';
import { analyzeSql } from '../analyzers/sql/analyze.ts';
import type { DatabaseFacts, UserFunction } from '../analyzers/sql/database-facts.ts';
import type { SqlStatement } from '../analyzers/sql/statement.ts';
import type {
  CommandRule,
  PolicyDocument,
  PostgresResource,
  Resource,
  ShellRole,
  SshResource,
} from '../document/schema.ts';
import { decideStatement } from './decide.ts';
import { decideCommand } from './decide-command.ts';
import { decideFile } from './decide-file.ts';
import { hostPolicy } from './host-policy.ts';
import { type JudgedStatement, ruleMatches } from './match.ts';
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
  /** Of a host: one for each simple command, with what is known of its programs and files. */
  readonly statements: readonly (StatementAnalysis | ShellStatement)[];
  /** What would be sent to a host in place of the text; null when that is not read. Databases get the text itself. */
  readonly canonical?: string | null;
  readonly rules: readonly ExplainedRule[];
  /** The same for every role that was asked about, in the order of the file. */
  readonly roles: readonly ExplainedRole[];
}

/** The best of several: what somebody could do who may choose. */
const ORDER: readonly Verdict['action'][] = ['allow', 'review', 'deny'];

interface Question {
  readonly document: PolicyDocument;
  readonly resource: string;
  readonly role: string | null;
  readonly text: string;
}

/**
 * @param question.role only this one; without it every role is asked, and the one that allows most is the answer
 * @throws AppError `not_found` when the document has no such resource or role
 */
export function explainStatement(question: Question): Explanation {
  const resource = resourceNamed(question.document, question.resource);
  const rules = question.document.rules.filter((rule) => selectorApplies(rule.on, resource));
  const roleNames = rolesOf(resource, question.role);
  return resource.kind === 'ssh'
    ? explainCommand({ question, resource, rules, roleNames })
    : explainSql({ question, resource, rules, roleNames });
}

interface Asked<Kind extends Resource> {
  readonly question: Question;
  readonly resource: Kind;
  readonly rules: readonly CommandRule[];
  readonly roleNames: readonly string[];
}

function explainSql({ question, resource, rules, roleNames }: Asked<PostgresResource>): Explanation {
  const limits = { charactersMax: question.document.broker.statementBytesMax };
  const { statements, parseError } = analyzeSql(question.text, assumedFacts(resource), limits);
  const roles = roleNames.map((roleName) => {
    const role = resource.roles[roleName] ?? { allow: [] };
    return explained(
      roleName,
      decideStatement({ analyses: statements, parseError, roleName, role, rules, masks: null }),
    );
  });
  return together({ roles, rules, statements, shown: statements.map(shownAnalysis) });
}

function explainFile(
  { question, resource, rules, roleNames }: Asked<SshResource>,
  statement: ShellStatement,
): Explanation {
  const roles = roleNames.map((roleName) => {
    const policy = hostPolicy(question.document, { resource: resource.name, role: roleName });
    const { role = NO_COMMANDS, masks = [] } = policy ?? {};
    return explained(roleName, decideFile({ statement, roleName, role, rules, isMasked: masks.length > 0 }));
  });
  return { ...together({ roles, rules, statements: [statement], shown: [statement] }), canonical: null };
}

function explainCommand(asked: Asked<SshResource>): Explanation {
  const { question, resource, rules, roleNames } = asked;
  const file = readFileStatement(question.text);
  if (file !== null) return explainFile(asked, file);
  const analysis = analyzeShell(question.text, { directory: assumedHome(resource) });
  const roles = roleNames.map((roleName) => {
    const role = resource.roles[roleName] ?? NO_COMMANDS;
    const verdict = decideCommand({ analysis, roleName, role, rules });
    return explained(roleName, { ...verdict, reason: `${verdict.reason}${aboutTerminal(role)}` });
  });
  const { statements, canonical } = analysis;
  return { ...together({ roles, rules, statements, shown: statements }), canonical };
}

/** Commands in channels of their own are judged under every role. */
function aboutTerminal({ shell }: ShellRole): string {
  return shell === 'raw' ? ' What is typed into the terminal of this role is not judged.' : '';
}

const NO_COMMANDS: ShellRole = { shell: 'exec', allow: [] };

/** Where a login starts is asked of the target; without one it is taken to be where it usually is. */
function assumedHome({ credential }: SshResource): string {
  return credential.username === 'root' ? '/root' : `/home/${credential.username}`;
}

function explained(role: string, verdict: Verdict): ExplainedRole {
  return { role, verdict: verdict.action, rule: verdict.rule, reason: verdict.reason };
}

function together(found: {
  readonly roles: readonly ExplainedRole[];
  readonly rules: readonly CommandRule[];
  readonly statements: readonly JudgedStatement[];
  readonly shown: Explanation['statements'];
}): Explanation {
  const { roles, rules, statements, shown } = found;
  const [best] = [...roles].sort((left, right) => ORDER.indexOf(left.verdict) - ORDER.indexOf(right.verdict));
  if (best === undefined) throw new AppError('not_found', 'The resource has no role.');
  return {
    statements: shown,
    ...best,
    rules: rules.map(({ name, action, match }) => {
      return { name, action, matches: statements.some((statement) => ruleMatches(match, statement)) };
    }),
    roles,
  };
}

function resourceNamed(document: PolicyDocument, name: string): Resource {
  const resource = document.resources.find((candidate) => candidate.name === name);
  if (resource !== undefined) return resource;
  const known = document.resources.map((one) => one.name);
  throw new AppError(
    'not_found',
    `There is no resource named ${name}. ${known.length === 0 ? 'The file names none.' : `There is: ${known.join(', ')}.`}`,
  );
}

function rolesOf(resource: Resource, role: string | null): readonly string[] {
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
