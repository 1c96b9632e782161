/** Fields and lists of a card, each on a line of its own. */
import type { CardField, CardList, Tone } from '../../card.ts';
import { texts } from '../../texts/texts.ts';
import type { ContainerStyle, Element, TextRun } from './elements.ts';
import { container } from './elements.ts';
import { cut, instantRun, richText, runs, runsWithLocalTimes } from './escape.ts';

/** How much of each thing is shown; lengths in characters. */
export interface Detail {
  readonly valueCharacters: number;
  readonly itemCharacters: number;
  readonly items: number;
}

/** From all there is to say down to what must be said. */
export const DETAILS: readonly [Detail, ...Detail[]] = [
  { valueCharacters: 1_900, itemCharacters: 500, items: 10 },
  { valueCharacters: 600, itemCharacters: 250, items: 6 },
  { valueCharacters: 250, itemCharacters: 120, items: 3 },
  { valueCharacters: 100, itemCharacters: 60, items: 2 },
];

/** A sign for each tone, in front of what has it, so that no colour is needed to tell. */
export const TONE_MARKS: Readonly<Record<Tone, string>> = {
  neutral: 'ℹ️',
  waiting: '⏳',
  good: '✅',
  bad: '⛔',
  warning: '⚠️',
};

export const TONE_STYLES: Readonly<Record<Tone, ContainerStyle>> = {
  neutral: 'emphasis',
  waiting: 'accent',
  good: 'good',
  bad: 'attention',
  warning: 'warning',
};

const LABEL = { weight: 'Bolder' } as const;
const SMALL = { size: 'Small', isSubtle: true } as const;
const CODE = { fontType: 'Monospace' } as const;

/** About what one line of a phone holds. */
const LINE_CHARACTERS = 40;
const BETWEEN = '  ·  ';

interface Line {
  readonly inlines: readonly TextRun[];
  readonly width: number;
}

/** Fields in their order, the short ones side by side. */
export function fieldLines(fields: readonly CardField[], detail: Detail): readonly Element[] {
  const lines: Line[] = [];
  for (const field of fields) {
    const width = field.label.length + field.value.length + BETWEEN.length;
    const inlines = fieldRuns(field, detail);
    const last = lines.at(-1);
    if (last !== undefined && last.width + width <= LINE_CHARACTERS) {
      const joined = [...last.inlines, ...runs(BETWEEN), ...inlines];
      lines[lines.length - 1] = { inlines: joined, width: last.width + width };
    } else {
      lines.push({ inlines, width });
    }
  }
  return lines.map(({ inlines }, index) => richText(inlines, index === 0 ? 'default' : 'small'));
}

/** An instant or a time of day, and nothing else. */
const A_TIME = /^(?:\d{4}-\d{2}-\d{2} )?\d{2}:\d{2}(?::\d{2})? UTC$/;

function fieldRuns(field: CardField, { valueCharacters }: Detail): readonly TextRun[] {
  const left = field.timeLeft === undefined ? [] : runs(` (${field.timeLeft})`);
  return [...runs(`${field.label}: `, LABEL), ...valueRuns(field, valueCharacters), ...left];
}

function valueRuns(field: CardField, charactersMax: number): readonly TextRun[] {
  const at = new Date(field.countdownTo ?? Number.NaN);
  if (!Number.isNaN(at.getTime()) && A_TIME.test(field.value)) return [instantRun(at)];
  const value = cut(field.value, charactersMax);
  return field.code === true ? runs(value, CODE) : runsWithLocalTimes(value);
}

/** Words that somebody wrote at length, set off from ours. */
export function quoted({ label, value }: CardField, detail: Detail): Element {
  return container(
    [richText(runs(label, SMALL)), richText(runs(cut(value, detail.valueCharacters)), 'small')],
    { style: 'emphasis' },
  );
}

/** What few need: one subtle paragraph. */
export function smallPrint(fields: readonly CardField[], detail: Detail): readonly Element[] {
  if (fields.length === 0) return [];
  const inlines = fields.flatMap(({ label, value }, index) =>
    runs(`${index === 0 ? '' : BETWEEN}${label}: ${cut(value, detail.valueCharacters)}`, SMALL),
  );
  return [richText(inlines, 'medium')];
}

export function listElements(list: CardList, { items, itemCharacters }: Detail): readonly Element[] {
  const shown = list.items.slice(0, items);
  const left = list.items.length - shown.length;
  const title = list.title.trim() === '' ? [] : [richText(runs(list.title, LABEL), 'medium')];
  return [
    ...title,
    ...shown.map((item) => richText(itemRuns(item, itemCharacters), 'small')),
    ...(left > 0 ? [richText(runs(texts().shown.andMore(left), SMALL), 'small')] : []),
  ];
}

function itemRuns(item: CardList['items'][number], charactersMax: number): readonly TextRun[] {
  const mark = item.tone === undefined || item.tone === 'neutral' ? '•' : TONE_MARKS[item.tone];
  const detail = cut(item.detail ?? '', charactersMax);
  return [
    ...runs(`${mark} `),
    ...runs(cut(item.text, charactersMax), item.code === true ? CODE : {}),
    ...(detail === '' ? [] : runsWithLocalTimes(` — ${detail}`, SMALL)),
  ];
}
