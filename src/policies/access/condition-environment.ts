/**
 * What conditions can be made of: the facts of a request, and functions. The library's own `matches` is one of
 * JavaScript's regular expressions, which a reason typed by whoever asks can keep busy for hours, and its functions
 * of time in a zone go wrong where the server's own clock changes; both are replaced, so that what is written in CEL
 * means what CEL says.
 */
import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { serialize } from '@marcbachmann/cel-js/serialize';
import { RE2JS } from 're2js';
import { AppError, messageOf } from '../../core/errors.ts';
import { DAYS } from '../document/access-policy.ts';
import { type WallClock, wallClock } from './wall-clock.ts';

const TIMESTAMP = 'google.protobuf.Timestamp';
const MS_A_DAY = 86_400_000;

const PATTERNS_MAX = 500;
const patterns = new Map<string, RE2JS>();

/** What stands in place of the library's functions of the same name, when called with a time zone. */
const IN_ZONE: Readonly<Record<string, (clock: WallClock) => number>> = {
  getFullYear: ({ year }) => year,
  getMonth: ({ month }) => month - 1,
  getDate: ({ dayOfMonth }) => dayOfMonth,
  getDayOfMonth: ({ dayOfMonth }) => dayOfMonth - 1,
  // CEL counts from Sunday.
  getDayOfWeek: ({ day }) => (DAYS.indexOf(day) + 1) % DAYS.length,
  getDayOfYear: ({ year, month, dayOfMonth }) =>
    (Date.UTC(year, month - 1, dayOfMonth) - Date.UTC(year, 0, 1)) / MS_A_DAY,
  getHours: ({ hour }) => hour,
  getMinutes: ({ minute }) => minute,
  getSeconds: ({ second }) => second,
};

/** Shorter ways to say the same. */
const HELPERS: Readonly<Record<string, (clock: WallClock) => number | string>> = {
  hour: ({ hour }) => hour,
  minute: ({ minute }) => minute,
  weekday: ({ day }) => day,
  date: ({ year, month, dayOfMonth }) =>
    `${String(year).padStart(4, '0')}-${twoDigits(month)}-${twoDigits(dayOfMonth)}`,
};

/** Macros that look at every element of a list. */
const OVER_LISTS: readonly string[] = ['all', 'exists', 'exists_one', 'map', 'filter'];
/**
 * Of one in another, or on the result of another. Each multiplies the work, and the length of what `+` makes; a
 * condition is worked out where live sessions wait.
 */
const LISTS_NESTED_MAX = 2;

const REPLACED_MATCHES = 'matchesLinearly';
const replacedInZone = (name: string): string => `${name}InZone`;

export const conditions = new Environment({ limits: { maxAstNodes: 1_000, maxDepth: 50 } })
  .registerVariable({
    name: 'request',
    schema: {
      duration: 'google.protobuf.Duration',
      reason: 'string',
      ticket: 'string',
      incident: 'string',
      role: 'string',
      kind: 'string',
      time: TIMESTAMP,
    },
  })
  .registerVariable({ name: 'user', schema: { email: 'string', name: 'string', groups: 'list<string>' } })
  .registerVariable({
    name: 'resource',
    schema: { name: 'string', kind: 'string', labels: 'map<string, string>', owners: 'list<string>' },
  })
  .registerFunction(`string.${REPLACED_MATCHES}(string): bool`, (text: string, pattern: string) =>
    patternOf(pattern).matcher(text).find(),
  );

for (const [name, read] of Object.entries(IN_ZONE)) {
  conditions.registerFunction(`${TIMESTAMP}.${replacedInZone(name)}(string): int`, (at: Date, zone: string) =>
    BigInt(read(wallClock(at, zone))),
  );
}
for (const [name, read] of Object.entries(HELPERS)) {
  const type = name === 'weekday' || name === 'date' ? 'string' : 'int';
  conditions.registerFunction(`${name}(${TIMESTAMP}, string): ${type}`, (at: Date, zone: string) => {
    const value = read(wallClock(at, zone));
    return typeof value === 'number' ? BigInt(value) : value;
  });
}

/**
 * The same condition, over our functions instead of the library's.
 * @throws AppError `config_invalid` for a pattern or a time zone in it that is none, for macros over lists that are
 *   nested deeper than two, and for cel.bind
 */
export function withOwnFunctions(ast: ASTNode): string {
  if (listsNested(ast) > LISTS_NESTED_MAX) {
    throw new AppError(
      'config_invalid',
      `${OVER_LISTS.join(', ')} are nested deeper than ${LISTS_NESTED_MAX}`,
    );
  }
  // A name for `x + x`, and one for that name twice: each doubles what there is.
  if (hasBinding(ast)) throw new AppError('config_invalid', 'cel.bind is not available in conditions');
  replaceCalls(ast);
  return serialize(ast);
}

function replaceCalls(node: unknown): void {
  if (Array.isArray(node)) {
    for (const part of node) replaceCalls(part);
    return;
  }
  if (!isNode(node)) return;
  if (node.op === 'rcall') {
    const [name, , given] = node.args;
    if (name === 'matches' && given.length === 1) {
      checkLiteral(given[0], patternOf);
      node.args[0] = REPLACED_MATCHES;
    } else if (Object.hasOwn(IN_ZONE, name) && given.length === 1) {
      checkLiteral(given[0], checkZone);
      node.args[0] = replacedInZone(name);
    }
  }
  if (node.op === 'call' && Object.hasOwn(HELPERS, node.args[0])) checkLiteral(node.args[1][1], checkZone);
  if (node.op !== 'value') replaceCalls(node.args);
}

function listsNested(node: unknown): number {
  if (Array.isArray(node)) return Math.max(0, ...node.map(listsNested));
  if (!isNode(node) || node.op === 'value') return 0;
  const isOverList = node.op === 'rcall' && OVER_LISTS.includes(node.args[0]);
  return listsNested(node.args) + (isOverList ? 1 : 0);
}

function hasBinding(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(hasBinding);
  if (!isNode(node) || node.op === 'value') return false;
  return (node.op === 'rcall' && node.args[0] === 'bind') || hasBinding(node.args);
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/** What is written out in the file is checked when the file is read. */
function checkLiteral(node: ASTNode | undefined, check: (text: string) => unknown): void {
  if (node?.op === 'value' && typeof node.args === 'string') check(node.args);
}

function checkZone(name: string): void {
  wallClock(new Date(0), name);
}

function patternOf(pattern: string): RE2JS {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    throw new AppError('config_invalid', `not a pattern of RE2: ${messageOf(error)}`, { cause: error });
  }
  if (patterns.size >= PATTERNS_MAX) patterns.clear();
  patterns.set(pattern, compiled);
  return compiled;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
