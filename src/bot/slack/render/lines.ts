/** Lines of a card, each either our markup around inert text or plain; neighbours of one kind share a block. */
import type { types } from '@slack/bolt';
import type { CardField, CardList, Tone } from '../../card.ts';
import { texts } from '../../texts/texts.ts';
import { escapeText, escapeToFit, isInert, splitToFit } from './escape.ts';
import { SECTION_CHARACTERS_MAX } from './limits.ts';
import { codeSpan, dateToken, markup, plainSection, section, withLocalTimes } from './text-objects.ts';

export type Line =
  | { readonly kind: 'markup'; readonly text: string }
  /** Not escaped yet. */
  | { readonly kind: 'plain'; readonly text: string };

/** How much of each thing is shown; lengths in characters after escaping. */
export interface Detail {
  readonly valueCharacters: number;
  readonly itemCharacters: number;
  readonly items: number;
}

/** A word for each tone; shown in front of what has it, so that no colour is needed to tell. */
export const TONE_MARKS: Readonly<Record<Tone, string>> = {
  neutral: 'ℹ️',
  waiting: '⏳',
  good: '✅',
  bad: '⛔',
  warning: '⚠️',
};

/** About what one line of a phone holds. */
const LINE_CHARACTERS = 40;
const BETWEEN = '  ·  ';

/** Fields in their order, the short ones side by side. */
export function fieldLines(fields: readonly CardField[], detail: Detail): readonly Line[] {
  const lines: { readonly line: Line; readonly width: number }[] = [];
  for (const field of fields) {
    const line = fieldLine(field, detail);
    const width = field.label.length + field.value.length + BETWEEN.length;
    const last = lines.at(-1);
    if (last?.line.kind === 'markup' && line.kind === 'markup' && last.width + width <= LINE_CHARACTERS) {
      const text = `${last.line.text}${BETWEEN}${line.text}`;
      lines[lines.length - 1] = { line: { kind: 'markup', text }, width: last.width + width };
    } else {
      lines.push({ line, width });
    }
  }
  return lines.map(({ line }) => line);
}

function fieldLine(field: CardField, detail: Detail): Line {
  const value = cut(field.value, detail.valueCharacters);
  const plain = { kind: 'plain', text: `${field.label}: ${value}` } as const;
  const left = field.timeLeft === undefined ? '' : ` (${escapeText(field.timeLeft)})`;
  if (field.countdownTo !== undefined && A_TIME.test(field.value)) {
    return { kind: 'markup', text: `*${field.label}:* ${timeIn(field.value, field.countdownTo)}${left}` };
  }
  if (field.code === true) {
    const code = codeSpan(value);
    return code === null ? plain : { kind: 'markup', text: `*${field.label}:* ${code}` };
  }
  if (!isInert(value)) return plain;
  return { kind: 'markup', text: `*${field.label}:* ${timesToFit(value, detail.valueCharacters)}${left}` };
}

/** Words that somebody wrote at length, set off from ours: with a bar, or where they hold markup with a sign. */
export function quotedLine({ label, value }: CardField, detail: Detail): Line {
  const lines = cut(value, detail.valueCharacters).split('\n');
  return isInert(lines.join('\n'))
    ? { kind: 'markup', text: `*${label}:*\n${lines.map((line) => `>${escapeText(line)}`).join('\n')}` }
    : { kind: 'plain', text: `${label}:\n${lines.map((line) => `│ ${line}`).join('\n')}` };
}

/** Where things stand, in a word or two. */
function leadOf(status: string): string {
  const { leads } = texts().shown;
  return leads.find((lead) => status.startsWith(lead) && !A_LETTER.test(status.slice(lead.length))) ?? '';
}

const A_LETTER = /^[\p{L}\p{N}_]/u;

export function statusLine(status: string): Line {
  if (!isInert(status)) return { kind: 'plain', text: status };
  const lead = leadOf(status);
  const words = timesToFit(status.slice(lead.length), SECTION_CHARACTERS_MAX / 2);
  return { kind: 'markup', text: lead === '' ? words : `*${escapeText(lead)}*${words}` };
}

export function listLines(list: CardList, detail: Detail): readonly Line[] {
  const shown = list.items.slice(0, detail.items);
  const left = list.items.length - shown.length;
  const title = isInert(list.title) ? { kind: 'markup' as const, text: `*${escapeText(list.title)}*` } : null;
  return [
    title ?? { kind: 'plain', text: list.title },
    ...shown.map((item) => itemLine(item, detail)),
    ...(left > 0 ? [{ kind: 'markup' as const, text: escapeText(texts().shown.andMore(left)) }] : []),
  ];
}

function itemLine(item: CardList['items'][number], { itemCharacters }: Detail): Line {
  const mark = item.tone === undefined || item.tone === 'neutral' ? '•' : TONE_MARKS[item.tone];
  const text = cut(item.text, itemCharacters);
  const about = cut(item.detail ?? '', itemCharacters);
  const code = item.code === true ? codeSpan(text) : null;
  if ((code === null && !isInert(text)) || !isInert(about)) {
    return { kind: 'plain', text: `${mark} ${text}${about === '' ? '' : ` — ${about}`}` };
  }
  const detail = about === '' ? '' : ` — ${timesToFit(about, itemCharacters)}`;
  return { kind: 'markup', text: `${mark} ${code ?? escapeText(text)}${detail}` };
}

/** As few blocks as the lines fit into. */
export function linesToBlocks(lines: readonly Line[]): types.SectionBlock[] {
  const groups: Line[] = [];
  for (const line of lines) {
    const last = groups.at(-1);
    const joined = last?.kind === line.kind ? `${last.text}\n${line.text}` : null;
    if (joined !== null && lengthOf({ kind: line.kind, text: joined }) <= SECTION_CHARACTERS_MAX) {
      groups[groups.length - 1] = { kind: line.kind, text: joined };
    } else {
      groups.push(line);
    }
  }
  return groups
    .filter((line) => line.text.trim() !== '')
    .map((line) => (line.kind === 'markup' ? section(markup(line.text)) : plainSection(line.text)));
}

function lengthOf(line: Line): number {
  return line.kind === 'markup' ? line.text.length : escapeText(line.text).length;
}

/** An instant or a time of day, and nothing else. */
const A_TIME = /^(?:\d{4}-\d{2}-\d{2} )?\d{2}:\d{2}(?::\d{2})? UTC$/;

function timeIn(written: string, countdownTo: string): string {
  const at = new Date(countdownTo);
  return Number.isNaN(at.getTime()) ? written : dateToken(at, written);
}

/** With the reader's times where they still fit. */
function timesToFit(text: string, charactersMax: number): string {
  const local = withLocalTimes(text);
  return local.length <= charactersMax ? local : escapeToFit(text, charactersMax);
}

function cut(text: string, charactersMax: number): string {
  const escaped = escapeText(text);
  return escaped.length <= charactersMax ? text : `${splitToFit(text, charactersMax - 1)[0]}…`;
}
