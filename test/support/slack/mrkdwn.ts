/**
 * What Slack's client makes of a text: read from the platform's rules, and rather too much than too little, so that
 * a test that finds no formatting in typed text would also find none in Slack.
 */

export type Style =
  | 'bold'
  | 'italic'
  | 'strike'
  | 'code'
  | 'fence'
  | 'quote'
  | 'emoji'
  | 'date'
  | 'link'
  | 'mention';

export interface Token {
  /** As it is shown: unescaped. */
  readonly text: string;
  readonly styles: readonly Style[];
}

const FENCE = /```([\s\S]+?)```/;
const CODE = /`([^`\n]+)`/;
const ANGLE = /<([^<>\n]+)>/;
const EMOJI = /:([a-z0-9_+'-]*[a-z_+'-][a-z0-9_+'-]*|100|1234):/i;
const AROUND = [
  ['bold', /(?<![\p{L}\p{N}*])\*([^*\n]+)\*(?![\p{L}\p{N}*])/u],
  ['italic', /(?<![\p{L}\p{N}_])_([^_\n]+)_(?![\p{L}\p{N}_])/u],
  ['strike', /(?<![\p{L}\p{N}~])~([^~\n]+)~(?![\p{L}\p{N}~])/u],
] as const;

export function readMrkdwn(text: string): readonly Token[] {
  return split(text, FENCE, {
    inside: (code) => [{ text: unescaped(code.replace(/^\n|\n$/g, '')), styles: ['fence'] }],
    outside: readLines,
  });
}

export function unescaped(text: string): string {
  return text.replace(/&(lt|gt|amp);/g, (_, name: string) =>
    name === 'lt' ? '<' : name === 'gt' ? '>' : '&',
  );
}

/** A quote is a whole line, whether its sign was escaped or not. */
function readLines(text: string): readonly Token[] {
  return text.split(/(?<=\n)/).flatMap((line) => {
    const quoted = /^\s*(?:>|&gt;)/.exec(line);
    if (quoted === null) return readInline(line);
    return readInline(line.slice(quoted[0].length)).map((token) => styled(token, 'quote'));
  });
}

function readInline(line: string): readonly Token[] {
  return split(line, CODE, {
    inside: (code) => [{ text: unescaped(code), styles: ['code'] }],
    outside: (rest) => split(rest, ANGLE, { inside: readAngle, outside: (words) => readFormats(words, 0) }),
  });
}

function readAngle(inside: string): readonly Token[] {
  const [target = '', label] = inside.split('|');
  const text = unescaped(label ?? target);
  if (target.startsWith('!date^')) return [{ text, styles: ['date'] }];
  return [{ text, styles: [/^[!@#]/.test(target) ? 'mention' : 'link'] }];
}

function readFormats(text: string, from: number): readonly Token[] {
  const format = AROUND[from];
  if (format === undefined) {
    return split(text, EMOJI, {
      inside: (name) => [{ text: `:${name}:`, styles: ['emoji'] }],
      outside: (words) => [{ text: unescaped(words), styles: [] }],
    });
  }
  const [style, pattern] = format;
  return split(text, pattern, {
    inside: (words) => readFormats(words, from + 1).map((token) => styled(token, style)),
    outside: (words) => readFormats(words, from + 1),
  });
}

function styled(token: Token, style: Style): Token {
  return { ...token, styles: [...token.styles, style] };
}

function split(
  text: string,
  pattern: RegExp,
  read: {
    readonly inside: (text: string) => readonly Token[];
    readonly outside: (text: string) => readonly Token[];
  },
): readonly Token[] {
  const found = pattern.exec(text);
  if (found === null) return text === '' ? [] : read.outside(text);
  const before = text.slice(0, found.index);
  const after = text.slice(found.index + found[0].length);
  return [
    ...(before === '' ? [] : read.outside(before)),
    ...read.inside(found[1] ?? ''),
    ...split(after, pattern, read),
  ];
}
