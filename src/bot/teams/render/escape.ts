/**
 * Text for Teams. What a `TextBlock` or a fact shows is read as Markdown, with mentions in it, and no way of escaping
 * works in every client. So nothing that somebody could have typed goes there: it goes into the runs of a
 * `RichTextBlock`, which no client reads markup in. Three things are left that a client may do even to a run: it replaces
 * dates, it leaves out blanks, and it cuts a word off that is longer than a line.
 */
import type { RichTextBlock, TextBlock, TextRun } from './elements.ts';

type Look = Omit<TextRun, 'type' | 'text'>;

/** `{{DATE(…)}}` and `{{TIME(…)}}` are replaced in each run for itself: one that begins in another stays as it is. */
const BEGINNINGS_OF_DATES = /(?<=\{)(?=\{(?:DATE|TIME)\()/;

/** A client may leave out the blanks at the ends of a line, and show several as one. */
const BLANKS_AT_ENDS = /^ +| +(?=\n)/gm;
const SEVERAL_BLANKS = / {2,}/g;
const NO_BREAK_SPACE = '\u00a0';
const TAB = '    ';

/** As many characters as a line of a phone holds, without a blank, where another letter begins. */
const LONG_WORD = /[^ \n]{30}(?<!\u200d)(?!\p{M}|\p{Emoji_Modifier}|\u200d|[\ufe00-\ufe0f])(?=[^ \n])/gu;
/** Takes no room: a line may end there. What somebody typed never has one, see `plain-text.ts` and `visible-text.ts`. */
const ZERO_WIDTH_SPACE = '\u200b';

/** Exactly this text to the eye, line breaks and blanks included. */
export function runs(text: string, look: Look = {}): readonly TextRun[] {
  return text
    .replaceAll('\t', TAB)
    .replace(BLANKS_AT_ENDS, (blanks) => NO_BREAK_SPACE.repeat(blanks.length))
    .replace(SEVERAL_BLANKS, (blanks) => `${NO_BREAK_SPACE.repeat(blanks.length - 1)} `)
    .replace(/^$/gm, NO_BREAK_SPACE)
    .replace(LONG_WORD, (word) => `${word}${ZERO_WIDTH_SPACE}`)
    .split(BEGINNINGS_OF_DATES)
    .map((part) => ({ type: 'TextRun', text: part, ...look }));
}

/** An instant as our cards write it. */
const INSTANT = /\b\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC\b/;
const ONE_INSTANT = new RegExp(`^${INSTANT.source}$`);
const ENDS_OF_INSTANTS = new RegExp(`(?<=${INSTANT.source})|(?=${INSTANT.source})`);

/** The same, with instants in the time of whoever reads it; for what is ours, not for what is quoted. */
export function runsWithLocalTimes(text: string, look: Look = {}): readonly TextRun[] {
  if (!INSTANT.test(text)) return runs(text, look);
  return text.split(ENDS_OF_INSTANTS).flatMap((part) => localTime(part, look) ?? runs(part, look));
}

function localTime(written: string, look: Look): readonly TextRun[] | null {
  if (!ONE_INSTANT.test(written)) return null;
  const [day = '', time = ''] = written.split(' ');
  const at = new Date(`${day}T${time}:00Z`);
  return Number.isNaN(at.getTime()) ? null : [instantRun(at, look)];
}

/** A point in time, shown in the time of whoever reads it. */
export function instantRun(at: Date, look: Look = {}): TextRun {
  const instant = `${at.toISOString().slice(0, 19)}Z`;
  return { type: 'TextRun', text: `{{DATE(${instant}, SHORT)}} {{TIME(${instant})}}`, ...look };
}

export function richText(
  inlines: readonly TextRun[],
  spacing?: NonNullable<RichTextBlock['spacing']>,
): RichTextBlock {
  return { type: 'RichTextBlock', inlines, ...(spacing === undefined ? {} : { spacing }) };
}

/** Letters, digits and what no dialect of Markdown gives a meaning to in the middle of a line. */
const INERT = /^(?:[\p{L}\p{M}\p{N}\p{Extended_Pictographic} ,;:'"’“”()?…–—/%+=-]|\.(?!\p{L}))*$/u;
const LINK = /:\/\/|\bwww\b|\bmailto:/i;

/** Whether a `TextBlock` shows it exactly as it is, where it does not begin a line. When in doubt it does not. */
function isInert(text: string): boolean {
  return INERT.test(text) && !LINK.test(text);
}

/** A heading where its text is inert, and otherwise what looks like one. */
export function heading(mark: string, title: string): TextBlock | RichTextBlock {
  const look = { size: 'Medium', weight: 'Bolder' } as const;
  return isInert(title)
    ? { type: 'TextBlock', text: `${mark} ${title}`, wrap: true, style: 'heading', ...look }
    : richText(runs(`${mark} ${title}`, look));
}

/** What begins markup, links or mentions in some client; inside a word, as in `order_items`, an underscore does not. */
const MARKUP = /[<>&*`~[\]\\{}]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|:\/\/|\bwww\.|\bmailto:/giu;

const LOOKALIKES: Readonly<Record<string, string>> = {
  '<': '‹',
  '>': '›',
  '&': '＆',
  '*': '∗',
  _: '＿',
  '`': 'ˋ',
  '~': '∼',
  '[': '［',
  ']': '］',
  '\\': '＼',
  '{': '｛',
  '}': '｝',
  '://': ':∕∕',
  'www.': 'www․',
  'mailto:': 'mailto꞉',
};

/**
 * For the line of a notification, and for what is said without a card: Teams says of neither whether it reads markup
 * in it. What could begin some is replaced by a character that looks like it.
 */
export function lookalike(text: string, charactersMax: number): string {
  return cut(
    text.replace(MARKUP, (found) => LOOKALIKES[found.toLowerCase()] ?? found),
    charactersMax,
  );
}

/** At most this many characters, cut between code points, with an ellipsis. */
export function cut(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const room = text.slice(0, charactersMax - 1);
  return `${room.isWellFormed() ? room : room.slice(0, -1)}…`;
}
