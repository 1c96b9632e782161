/**
 * What somebody typed, as they typed it: Slack escapes texts and writes mentions and links its own way. The manifest
 * asks for mentions with their ids, since a name says nothing.
 */
import { AppError } from '../../core/errors.ts';
import { texts } from '../texts/texts.ts';

/** `<@U0123|dana>`, `<#C0123|general>`, `<https://…|label>`, `<!channel>`. */
const MARKUP = /<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>/g;

const ESCAPES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** Every account that is mentioned, once. */
export function mentionedIn(text: string): readonly string[] {
  const users = [...text.matchAll(MARKUP)].flatMap(([, sign, id]) => (sign === '@' && id ? [id] : []));
  return [...new Set(users)];
}

/** @param names what to call each mentioned account, without a sign; one that is missing keeps Slack's name */
export function plainTextOf(text: string, names: ReadonlyMap<string, string> = new Map()): string {
  const plain = text.replace(MARKUP, (_whole, sign: string, target: string, label: string | undefined) => {
    if (sign === '@') return `@${names.get(target) ?? (label || target)}`;
    if (sign === '#') return `#${label || target}`;
    if (sign === '!') return `@${label?.replace(/^@/, '') || target}`;
    return target.replace(/^mailto:/, '');
  });
  return plain.replace(/&(?:amp|lt|gt);/g, (escaped) => ESCAPES[escaped] ?? escaped);
}

/** @throws AppError `not_found` for somebody whom nothing can be done for, because nobody knows who it is */
export function unknownMention(user: string, text: string): AppError {
  const shown = plainTextOf([...text.matchAll(MARKUP)].find(([, , id]) => id === user)?.[0] ?? `<@${user}>`);
  return new AppError('not_found', texts().slack.unknownMention(shown));
}
