/** Text whose every character matters: in fixed width, whole or visibly not, never with a character changed. */
import type { types } from '@slack/bolt';
import type { CardVerbatim } from '../../card.ts';
import { escapeText, splitToFit } from './escape.ts';
import { SECTION_CHARACTERS_MAX } from './limits.ts';
import { context, markup, plainText, section } from './text-objects.ts';

const FENCE = '```';
const FENCES_CHARACTERS = 2 * (FENCE.length + 1);
const PART_CHARACTERS_MAX = SECTION_CHARACTERS_MAX - FENCES_CHARACTERS;

/** More than this on a card, and nobody reads it in a channel. */
const WHOLE_LINES_MAX = 40;
const EXCERPT_CHARACTERS = 600;
const EXCERPT_LINES = 10;

/** Whether one block shows all of it. */
export function fitsOnCard({ text }: CardVerbatim): boolean {
  return escapeText(text).length <= PART_CHARACTERS_MAX && text.split('\n').length <= WHOLE_LINES_MAX;
}

/** All of it, in as many blocks as it takes. */
export function wholeVerbatim(verbatim: CardVerbatim): types.KnownBlock[] {
  const parts = partsOf(verbatim.text);
  return parts.flatMap((part, index) => {
    const place = parts.length === 1 ? '' : `, part ${index + 1} of ${parts.length}`;
    return [label(`${verbatim.label}${place}`), exactly(part)];
  });
}

/** Its beginning, and in words how much is missing. */
export function excerptOf(verbatim: CardVerbatim): types.KnownBlock[] {
  const beginning = verbatim.text.split('\n').slice(0, EXCERPT_LINES).join('\n');
  const [shown] = splitToFit(beginning, EXCERPT_CHARACTERS);
  if (shown === verbatim.text) return wholeVerbatim(verbatim);
  const lines = verbatim.text.split('\n').length;
  const missing = `⚠️ Only the beginning of ${verbatim.text.length} characters in ${lines} ${lines === 1 ? 'line' : 'lines'}.`;
  return [label(verbatim.label), exactly(shown), context([plainText(missing, 200)])];
}

function label(text: string): types.ContextBlock {
  return context([plainText(text, 200)]);
}

/** A text that would close its own fence is shown as plain text. */
function exactly(text: string): types.SectionBlock {
  if (text.trim() === '') return section(plainText(text === '' ? '(nothing)' : '(only blanks)', 100));
  return text.includes(FENCE) || text.startsWith('`') || text.endsWith('`')
    ? section(plainText(text, SECTION_CHARACTERS_MAX))
    : section(markup(`${FENCE}\n${escapeText(text)}\n${FENCE}`));
}

/** Cut behind a line where one ends in the second half of a part, otherwise between two characters. */
function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  while (escapeText(rest).length > PART_CHARACTERS_MAX) {
    const [room] = splitToFit(rest, PART_CHARACTERS_MAX);
    const lineEnd = room.lastIndexOf('\n');
    const end = lineEnd > room.length / 2 ? lineEnd + 1 : room.length;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...parts, rest];
}
