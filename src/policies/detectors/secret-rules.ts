/**
 * Keys of clouds and services, found by rules: a literal that every such key has with it, then a pattern of RE2
 * (linear time) near the literal only.
 */
import { RE2JS } from 're2js';
import { type Detector, isDigit, type Span } from './detector.ts';
import { Literals } from './literals.ts';

export interface SecretRule {
  readonly name: string;
  readonly group: string;
  /** In the syntax of RE2. The first group that took part is the secret; without groups the whole match is. */
  readonly pattern: string;
  /** Lower-case literals that the secret itself begins with or holds. */
  readonly prefixes: readonly string[];
  /** Lower-case literals somewhere near the secret. */
  readonly mentions: readonly string[];
  /** Bits per character that a secret has at least; words and placeholders have fewer. */
  readonly entropyMin: number;
}

/** The least that follows a prefix in any key. */
const AFTER_PREFIX_CHARACTERS_MIN = 8;
/** How far from its literal a key is searched for, before the literal and behind it. */
const BEFORE_CHARACTERS = 128;
const AFTER_PREFIX_CHARACTERS = 2_048;
const AFTER_MENTION_CHARACTERS = 320;
/** The key is this near to a mention, and has this many characters unless it is told by something else. */
const TOKEN_WITHIN_CHARACTERS = 96;
const LONG_TOKEN_CHARACTERS = 14;
/**
 * A text that keeps suggesting keys would keep the patterns busy: past this much to search, all of it counts as
 * found. Per text, over all rules.
 */
const SEARCHED_CHARACTERS_MAX = 32_768;

interface Clue {
  readonly rule: SecretRule;
  readonly literal: string;
  readonly prefix: boolean;
}

/** Characters of tokens: letters, digits and those of base64, paths and separators within keys. */
const TOKEN_CODES = new Uint8Array(256);
for (const byte of Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./+=~|%:@'))
  TOKEN_CODES[byte] = 1;
/** Of those, what stands between a name and its value. */
const SEPARATING_CODES = new Uint8Array(256);
for (const byte of Buffer.from('=|:')) SEPARATING_CODES[byte] = 1;
const VALUE_BEGINS: ReadonlySet<number> = new Set(Buffer.from('"\'`='));

/** Compiling a pattern takes a millisecond and most are never needed. */
const COMPILED = new Map<string, RE2JS>();

export function secretDetector(rules: readonly SecretRule[]): Detector {
  const clues: Clue[] = rules.flatMap((rule) => [
    ...rule.prefixes.map((literal) => ({ rule, literal, prefix: true })),
    ...rule.mentions.map((literal) => ({ rule, literal, prefix: false })),
  ]);
  const literals = new Literals(clues.map(({ literal }) => literal));
  const prefixes = Uint8Array.from(clues, ({ prefix }) => (prefix ? 1 : 0));
  return {
    clueIn: (bytes, from) =>
      literals.clueIn(bytes, from, (clue, end) => {
        const codeAt = (at: number): number => bytes[at] ?? -1;
        if (prefixes[clue] === 1) return prefixGoesOn(codeAt, end);
        return mentionGoesOn(codeAt, { start: end - (clues[clue]?.literal.length ?? 0), end });
      }),
    find: (text) => {
      const windows = new Map<SecretRule, Span[]>();
      literals.each(text, (index, end) => {
        const clue = clues[index];
        const codeAt = (at: number): number => text.charCodeAt(at);
        if (clue === undefined) return;
        const start = end - clue.literal.length;
        if (clue.prefix ? !prefixGoesOn(codeAt, end) : !mentionGoesOn(codeAt, { start, end })) return;
        addWindow(windows, clue, { end, length: text.length });
      });
      return findIn(text, windows);
    },
  };
}

/** True when enough of a token follows the prefix that ends at `from`. */
function prefixGoesOn(codeAt: (at: number) => number, from: number): boolean {
  for (let at = from; at < from + AFTER_PREFIX_CHARACTERS_MIN; at += 1) {
    if (!isTokenCode(codeAt(at))) return false;
  }
  return true;
}

/** True when something near the mention could be a key. */
function mentionGoesOn(codeAt: (at: number) => number, mention: Span): boolean {
  const { start, end } = mention;
  return (
    hasToken(codeAt, { start: end, end: end + TOKEN_WITHIN_CHARACTERS }) ||
    hasToken(codeAt, { start: Math.max(0, start - TOKEN_WITHIN_CHARACTERS), end: start })
  );
}

/** A long token, or a shorter one that has a digit or stands behind a quote or an equals sign. */
function hasToken(codeAt: (at: number) => number, within: Span): boolean {
  let length = 0;
  let telling = false;
  let before = 0;
  for (let at = within.start; at < within.end; at += 1) {
    const code = codeAt(at);
    if (!isTokenCode(code) || SEPARATING_CODES[code] === 1) {
      length = 0;
    } else {
      telling = length === 0 ? VALUE_BEGINS.has(before) : telling;
      telling ||= isDigit(code);
      length += 1;
      if (length >= (telling ? AFTER_PREFIX_CHARACTERS_MIN : LONG_TOKEN_CHARACTERS)) return true;
    }
    before = code;
  }
  return false;
}

function isTokenCode(code: number): boolean {
  return code >= 0 && code < 256 && TOKEN_CODES[code] === 1;
}

/** Windows of one rule that overlap become one, so nothing is searched twice. */
function addWindow(
  windows: Map<SecretRule, Span[]>,
  { rule, literal, prefix }: Clue,
  at: { end: number; length: number },
): void {
  const start = Math.max(0, at.end - literal.length - BEFORE_CHARACTERS);
  const reach = prefix ? AFTER_PREFIX_CHARACTERS : AFTER_MENTION_CHARACTERS;
  const end = Math.min(at.length, at.end + reach);
  const known = windows.get(rule) ?? [];
  const last = known.at(-1);
  if (last !== undefined && start <= last.end) known[known.length - 1] = { start: last.start, end };
  else known.push({ start, end });
  windows.set(rule, known);
}

function findIn(text: string, windows: ReadonlyMap<SecretRule, readonly Span[]>): Span[] {
  const all = [...windows.values()].flat();
  const searched = all.reduce((sum, { start, end }) => sum + end - start, 0);
  if (searched > SEARCHED_CHARACTERS_MAX) return [{ start: 0, end: text.length }];
  const found: Span[] = [];
  for (const [rule, spans] of windows)
    for (const window of spans) found.push(...secretsIn(text, rule, window));
  return joined(found);
}

function secretsIn(text: string, rule: SecretRule, window: Span): Span[] {
  const part = text.slice(window.start, window.end);
  const matcher = compiled(rule.pattern).matcher(part);
  const found: Span[] = [];
  while (matcher.find()) {
    const group = firstGroup(matcher);
    const start = matcher.start(group);
    let end = matcher.end(group);
    if (entropyOf(part.slice(start, end)) <= rule.entropyMin && rule.entropyMin > 0) continue;
    // What the window cut off belongs to the same token.
    if (end === part.length) while (isTokenCode(text.charCodeAt(window.start + end))) end += 1;
    found.push({ start: window.start + start, end: window.start + end });
  }
  return found;
}

function compiled(pattern: string): RE2JS {
  const known = COMPILED.get(pattern);
  if (known !== undefined) return known;
  const made = RE2JS.compile(pattern);
  COMPILED.set(pattern, made);
  return made;
}

function firstGroup(matcher: ReturnType<RE2JS['matcher']>): number {
  for (let group = 1; group <= matcher.groupCount(); group += 1) {
    if ((matcher.group(group) ?? '') !== '') return group;
  }
  return 0;
}

/** Shannon entropy in bits per character. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** In order, overlapping ones as one. */
function joined(spans: readonly Span[]): Span[] {
  const ordered = [...spans].sort((left, right) => left.start - right.start);
  const result: Span[] = [];
  for (const span of ordered) {
    const last = result.at(-1);
    if (last === undefined || span.start >= last.end) result.push(span);
    else if (span.end > last.end) result[result.length - 1] = { start: last.start, end: span.end };
  }
  return result;
}
