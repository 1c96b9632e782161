/**
 * Splits SQL into coloured pieces for reading. Pure, never throws, and loses nothing: the pieces
 * joined are the text. It decides nothing; what a statement does is the analyzer's answer.
 */

export type SqlTokenKind = 'keyword' | 'string' | 'number' | 'comment' | 'name' | 'parameter' | 'plain';

export interface SqlToken {
  readonly kind: SqlTokenKind;
  readonly text: string;
}

const KEYWORDS = new Set(
  `all alter analyze and any as asc begin between by call cascade case cast check close collate column commit
  constraint copy create cross current cursor database deallocate declare default delete desc discard distinct do
  drop else end except execute exists explain extension false fetch for foreign from full function grant group having
  if ilike in index inner insert intersect into is isolation join key language lateral left level like limit listen
  lock materialized merge natural not notify null of offset on only or order outer over owner partition prepare
  primary privileges procedure recursive reference references refresh reindex release rename replace reset returning
  revoke right role rollback row rows savepoint schema security select sequence session set show some start table
  tablespace temp temporary then to transaction trigger true truncate type union unique unlisten update user using
  vacuum values verbose view when where window with without work`.split(/\s+/),
);

/** One alternative for each kind; the first that matches at a place wins. Every quantifier is linear. */
const TOKEN = new RegExp(
  [
    '(?<comment>--[^\\n]*|/\\*[\\s\\S]*?(?:\\*/|$))',
    "(?<string>[eE]'(?:\\\\[\\s\\S]|''|[^'\\\\])*(?:'|$)|(?:[bBxXnN]|[uU]&)?'(?:''|[^'])*(?:'|$)|\\$(?<tag>[A-Za-z_]\\w*)?\\$[\\s\\S]*?(?:\\$\\k<tag>\\$|$))",
    '(?<parameter>\\$\\d+)',
    '(?<name>"(?:""|[^"])*(?:"|$))',
    '(?<number>\\b\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?\\b)',
    '(?<word>[\\p{L}_][\\p{L}\\p{N}_$]*)',
    '(?<plain>\\s+|[^\\s])',
  ].join('|'),
  'gu',
);

/** Beyond this a text is shown without colours. */
const COLOURED_CHARACTERS_MAX = 20_000;

export function tokenizeSql(text: string): SqlToken[] {
  if (text.length > COLOURED_CHARACTERS_MAX) return [{ kind: 'plain', text }];
  const tokens: SqlToken[] = [];
  for (const match of text.matchAll(TOKEN)) append(tokens, { kind: kindOf(match), text: match[0] });
  return tokens;
}

function kindOf(match: RegExpExecArray): SqlTokenKind {
  const groups = match.groups ?? {};
  if (groups['word'] !== undefined) return KEYWORDS.has(groups['word'].toLowerCase()) ? 'keyword' : 'plain';
  for (const kind of ['comment', 'string', 'parameter', 'name', 'number'] as const) {
    if (groups[kind] !== undefined) return kind;
  }
  return 'plain';
}

/** Neighbours without a colour become one piece: fewer nodes on the page. */
function append(tokens: SqlToken[], token: SqlToken): void {
  const last = tokens.at(-1);
  if (token.kind === 'plain' && last?.kind === 'plain')
    tokens[tokens.length - 1] = { kind: 'plain', text: last.text + token.text };
  else tokens.push(token);
}
