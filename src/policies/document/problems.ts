/** Turns what zod found into problems a person can act on: where in the file, and what was expected. */
import { type Document, isMap, isNode, type LineCounter } from 'yaml';
import type { z } from 'zod';

export interface Problem {
  /** Such as `resources[0].roles.read.allow`; empty for the whole file. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type Path = readonly PropertyKey[];

/** A problem before its place in the text is known. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
}

export function pathText(path: Path): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}

/** Where a path is in the text; the nearest thing around it when it is missing. */
export function locate(document: Document, lines: LineCounter, path: Path): { line: number; column: number } {
  for (let length = path.length; length >= 0; length -= 1) {
    const offset = offsetOf(document, path.slice(0, length));
    if (offset !== null) {
      const { line, col } = lines.linePos(offset);
      return { line, column: col };
    }
  }
  return { line: 1, column: 1 };
}

/** The offset of a key rather than of its value, so that the line is the one to edit. */
function offsetOf(document: Document, path: Path): number | null {
  const parent = path.length === 0 ? undefined : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => isNode(item.key) && String(item.key) === String(path.at(-1)));
    if (pair !== undefined && isNode(pair.key) && pair.key.range) return pair.key.range[0];
  }
  const node = document.getIn(path, true);
  return isNode(node) && node.range ? node.range[0] : null;
}

const INLINE_SECRET =
  'a secret is never written in this file. Write { env: NAME } or { file: PATH } and put the value there';

/** What a union says that was given no words of its own. */
const UNNAMED_PROBLEM = 'Invalid input';

/** One problem for each issue; of a union's alternatives, those of the one that came closest. */
export function flatten(issue: z.core.$ZodIssue, base: Path = []): Finding[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    if (isSecretPath(path)) return [{ path, message: INLINE_SECRET }];
    const closest = issue.errors.toSorted((a, b) => deepest(b) - deepest(a) || a.length - b.length)[0];
    if (closest !== undefined && deepest(closest) > 0)
      return closest.flatMap((inner) => flatten(inner, path));
    if (issue.message !== UNNAMED_PROBLEM) return [{ path, message: issue.message }];
    const wanted = issue.errors.flatMap((errors) => errors.map((inner) => inner.message));
    return [{ path, message: `expected one of these: ${[...new Set(wanted)].join('; or ')}` }];
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: 'there is no such key here; check the spelling',
    }));
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) {
    return [{ path, message: `this key is missing; it wants ${article(issue.expected)}` }];
  }
  return [{ path, message: issue.message }];
}

function article(what: string): string {
  return `${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what}`;
}

function isSecretPath(path: Path): boolean {
  return ['password', 'privateKey', 'clientSecret', 'token'].includes(String(path.at(-1)));
}

function deepest(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(
    0,
    ...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)),
  );
}
