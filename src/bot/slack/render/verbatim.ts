/** Text whose every character matters: in fixed width, whole or visibly not, never with a character changed. */
import type { types } from '@slack/bolt';
import type { CardVerbatim } from '../../card.ts';
import { texts } from '../../texts/texts.ts';
import { escapeText, splitToFit } from './escape.ts';
import { SECTION_CHARACTERS_MAX } from './limits.ts';
import { context, markup, plainText, section } from './text-objects.ts';

const FENCE = '```';
const FENCES_CHARACTERS = 2 * (FENCE.length + 1);
const PART_CHARACTERS_MAX = SECTION_CHARACTERS_MAX - FENCES_CHARACTERS;

/** More than this on a card, and nobody reads it in a channel. */
const WHOLE_LINES_MAX = 40;
const EXCERPT_CHARACTERS = 400;
const EXCERPT_LINES = 6;

/** Whether one block shows all of it. */
export function fitsOnCard({ text }: CardVerbatim): boolean {
  return escapeText(text).length <= PART_CHARACTERS_MAX && text.split('\n').length <= WHOLE_LINES_MAX;
}

/** All of it, in as many blocks as it takes. */
export function wholeVerbatim(verbatim: CardVerbatim): types.KnownBlock[] {
  const { shown } = texts();
  const parts = partsOf(verbatim.text);
  return parts.flatMap(({ text, goesOn }, index) => {
    const place = { number: index + 1, of: parts.length };
    const part = parts.length === 1 ? verbatim.label : shown.part(verbatim.label, place);
    return [label(goesOn ? shown.withinLine(part) : part), exactly(text)];
  });
}

/** Its beginning, and in words how much is missing. */
export function excerptOf(verbatim: CardVerbatim): types.KnownBlock[] {
  const beginning = verbatim.text.split('\n').slice(0, EXCERPT_LINES).join('\n');
  const [shown] = splitToFit(beginning, EXCERPT_CHARACTERS);
  if (shown === verbatim.text) return wholeVerbatim(verbatim);
  const lines = verbatim.text.split('\n').length;
  const missing = `⚠️ ${texts().shown.beginning(verbatim.text.length, lines)}`;
  return [label(verbatim.label), exactly(shown), context([plainText(missing, 200)])];
}

function label(text: string): types.ContextBlock {
  return context([plainText(text, 200)]);
}

/** A text that would close its own fence is shown as plain text. */
function exactly(text: string): types.SectionBlock {
  if (text.trim() === '')
    return section(plainText(text === '' ? texts().shown.nothing : texts().shown.onlyBlanks, 100));
  return text.includes(FENCE) || text.startsWith('`') || text.endsWith('`')
    ? section(plainText(text, SECTION_CHARACTERS_MAX))
    : section(markup(`${FENCE}\n${escapeText(text)}\n${FENCE}`));
}

interface Part {
  readonly text: string;
  /** It begins within the line that the part before it ends with; otherwise with a line of its own. */
  readonly goesOn: boolean;
}

/** Cut at the end of a line where one is in the second half of a part, otherwise between two characters. */
function partsOf(text: string): readonly Part[] {
  const parts: Part[] = [];
  let rest: Part = { text, goesOn: false };
  while (escapeText(rest.text).length > PART_CHARACTERS_MAX) {
    const [room, after] = splitToFit(rest.text, PART_CHARACTERS_MAX);
    const lineEnd = room.lastIndexOf('\n');
    const isLine = lineEnd > room.length / 2;
    parts.push({ text: isLine ? room.slice(0, lineEnd) : room, goesOn: rest.goesOn });
    rest = isLine ? { text: rest.text.slice(lineEnd + 1), goesOn: false } : { text: after, goesOn: true };
  }
  return [...parts, rest];
}
