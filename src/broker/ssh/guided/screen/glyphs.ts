/**
 * Text as cells of a terminal. Terminals disagree about the width of emoji and of what combines: such a glyph is given
 * as many columns as any of them takes, and `exact` is false, so that the cursor is placed anew behind it.
 */
import { visibleText } from '../../../../core/visible-text.ts';

/** What is drawn in one go and never torn by a wrap. */
export interface Glyph {
  readonly text: string;
  /** Columns, at least 1. */
  readonly width: number;
  /** True when every terminal takes exactly `width` columns for it. */
  readonly exact: boolean;
  /** Stands for a character that cannot be seen; drawn inverse, so that the same letters when typed look different. */
  readonly escape: boolean;
}

/** One character as people see it (UAX 29), at its place in the text. */
export interface Cluster {
  /** In UTF-16 units. */
  readonly start: number;
  /** `null`: a line feed. */
  readonly glyphs: readonly Glyph[] | null;
}

/** UTF-16 units; where a longer one is torn does not matter. */
const CLUSTER_UNITS_MAX = 256;
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
const PLAIN = /^[\u0020-\u007e]*$/;
const MARK_FIRST = /^\p{M}/u;
/** Spaces that are not the plain one, which a command may not have either. */
const OTHER_SPACE = /[[\p{Zs}\t]--[\u0020]]/v;
/** Takes two columns everywhere, as `wcwidth` has had it from the start. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{2fffd}\u{30000}-\u{3fffd}]$/u;
const UNSURE =
  /^[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\p{Cn}\p{Cf}\u1160-\u11ff\u2329\u232a\u4dc0-\u4dff\ud7b0-\ud7ff\ufe10-\ufe19\u{16fe0}-\u{18cff}\u{1b000}-\u{1b2ff}\u{1f000}-\u{1faff}]$/v;
/** Marks that take no column anywhere. Terminals that know older ones only give the others one. */
const NO_COLUMN =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: each mark is meant by itself
  /^[\u0300-\u036f\u0483-\u0486\u0488\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u0615\u064b-\u065e\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u20d0-\u20ef\u3099\u309a\ufe20-\ufe23]$/u;

function plainGlyph(character: string): Glyph {
  return { text: character, width: 1, exact: true, escape: false };
}

const NO_GLYPHS: readonly Glyph[] = [];
const ASCII: readonly (readonly Glyph[])[] = Array.from({ length: 0x7f }, (_, code) => [
  plainGlyph(String.fromCharCode(code)),
]);

function columnsOf(codePoint: string): number {
  if (NO_COLUMN.test(codePoint)) return 0;
  return WIDE.test(codePoint) || UNSURE.test(codePoint) ? 2 : 1;
}

function shownForm(codePoint: string): string {
  if (codePoint === '\t') return '\\t';
  const shown = visibleText(codePoint);
  if (shown !== codePoint || !OTHER_SPACE.test(codePoint)) return shown;
  return `\\u{${codePoint.codePointAt(0)?.toString(16)}}`;
}

function escapeGlyphs(shown: string): Glyph[] {
  return Array.from(shown, (letter) => ({ ...plainGlyph(letter), escape: true }));
}

/** What was worked out before; a text has few different characters. */
const KNOWN = new Map<string, readonly Glyph[]>();
const KNOWN_MAX = 4_096;

function glyphsOfCluster(cluster: string): readonly Glyph[] {
  const known = KNOWN.get(cluster);
  if (known !== undefined) return known;
  const glyphs = newGlyphs(cluster);
  if (KNOWN.size >= KNOWN_MAX) KNOWN.clear();
  if (cluster.length <= CLUSTER_UNITS_MAX) KNOWN.set(cluster, glyphs);
  return glyphs;
}

function newGlyphs(cluster: string): readonly Glyph[] {
  const codePoints = [...cluster];
  const first = codePoints[0] ?? '';
  if (MARK_FIRST.test(cluster))
    return codePoints.flatMap((one) => escapeGlyphs(`\\u{${one.codePointAt(0)?.toString(16)}}`));
  if (codePoints.some((one) => shownForm(one) !== one))
    return codePoints.flatMap((one) =>
      shownForm(one) === one ? glyphsOfCluster(one) : escapeGlyphs(shownForm(one)),
    );
  const width = codePoints.reduce((sum, one) => sum + columnsOf(one), 0);
  const exact = codePoints.length === 1 && !UNSURE.test(first);
  return [{ text: cluster, width: Math.max(1, width), exact, escape: false }];
}

function plainClusters(line: string, offset: number): Cluster[] {
  const clusters: Cluster[] = [];
  for (let index = 0; index < line.length; index += 1)
    clusters.push({ start: offset + index, glyphs: ASCII[line.charCodeAt(index)] ?? NO_GLYPHS });
  return clusters;
}

function clustersOfLine(line: string, offset: number): Cluster[] {
  if (PLAIN.test(line)) return plainClusters(line, offset);
  return Array.from(GRAPHEMES.segment(line), ({ segment, index }) => {
    return { start: offset + index, glyphs: glyphsOfCluster(segment) };
  });
}

/** Every character of a text in order; what cannot be seen is written out. */
export function clustersOf(text: string): Cluster[] {
  const clusters: Cluster[] = [];
  let offset = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (index > 0) clusters.push({ start: offset - 1, glyphs: null });
    for (const cluster of clustersOfLine(line, offset)) clusters.push(cluster);
    offset += line.length + 1;
  }
  return clusters;
}

/** Where the character behind `offset` ends. */
export function nextBoundary(text: string, offset: number): number {
  if (offset >= text.length) return text.length;
  if (text[offset] === '\n' || isPlainAt(text, offset)) return offset + 1;
  const end = Math.min(endOfLine(text, offset), offset + CLUSTER_UNITS_MAX);
  const [first] = GRAPHEMES.segment(text.slice(offset, end));
  return offset + (first?.segment.length ?? 1);
}

/** Where the character before `offset` begins. */
export function previousBoundary(text: string, offset: number): number {
  if (offset <= 0) return 0;
  if (text[offset - 1] === '\n' || isPlainAt(text, offset - 1)) return offset - 1;
  const from = Math.max(text.lastIndexOf('\n', offset - 1) + 1, offset - CLUSTER_UNITS_MAX);
  let last = from;
  for (const { index } of GRAPHEMES.segment(text.slice(from, offset))) last = from + index;
  return last;
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end;
}

/** An ASCII character that nothing behind it combines with. */
function isPlainAt(text: string, offset: number): boolean {
  return text.charCodeAt(offset) < 0x7f && !(text.charCodeAt(offset + 1) >= 0x7f);
}
