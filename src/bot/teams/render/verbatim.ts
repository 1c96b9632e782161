/** Text whose every character matters: in fixed width, whole or visibly not, never with a character changed. */
import type { CardVerbatim } from '../../card.ts';
import { texts } from '../../texts/texts.ts';
import type { Element } from './elements.ts';
import { container } from './elements.ts';
import { richText, runs } from './escape.ts';

/** More than this on a card, and nobody reads it in a channel. */
const WHOLE_CHARACTERS_MAX = 3_000;
const WHOLE_LINES_MAX = 40;
const EXCERPT_CHARACTERS = 400;
const EXCERPT_LINES = 6;
const HALF_A_CHARACTER = /[\ud800-\udbff]$/;

const SMALL = { size: 'Small', isSubtle: true } as const;
const CODE = { fontType: 'Monospace' } as const;

/** Whether it is short enough to be read on a card. */
export function fitsOnCard({ text }: CardVerbatim): boolean {
  return text.length <= WHOLE_CHARACTERS_MAX && text.split('\n').length <= WHOLE_LINES_MAX;
}

export function wholeVerbatim({ label, text }: Pick<CardVerbatim, 'label' | 'text'>): Element {
  return framed(
    label,
    text.trim() === '' ? (text === '' ? texts().shown.nothing : texts().shown.onlyBlanks) : text,
  );
}

/** Its beginning, and in words how much is missing. */
export function excerptOf(verbatim: CardVerbatim): readonly Element[] {
  const { label, text } = verbatim;
  const lines = text.split('\n');
  const beginning = lines.slice(0, EXCERPT_LINES).join('\n').slice(0, EXCERPT_CHARACTERS);
  if (beginning === text) return [wholeVerbatim(verbatim)];
  const missing = `⚠️ ${texts().shown.beginning(text.length, lines.length)}`;
  return [framed(label, beginning.replace(HALF_A_CHARACTER, '')), richText(runs(missing, SMALL), 'small')];
}

function framed(label: string, text: string): Element {
  return container([richText(runs(label, SMALL)), richText(runs(text, CODE), 'small')], {
    style: 'emphasis',
  });
}
