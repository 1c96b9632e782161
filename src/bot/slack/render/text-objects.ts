/**
 * Slack's text objects. Markup is ours alone: mrkdwn holds our words around text that is inert in it, and whatever
 * is not inert goes into plain text, where nothing is formatted, linked, pinged or turned into an emoji.
 */
import type { types } from '@slack/bolt';
import { escapeText, escapeToFit } from './escape.ts';
import { SECTION_CHARACTERS_MAX } from './limits.ts';

/** Slack refuses a text of blanks. */
const NOTHING = '–';

/** @param charactersMax counted after escaping */
export function plainText(text: string, charactersMax: number): types.PlainTextElement {
  const shown = text.trim() === '' ? NOTHING : escapeToFit(text, charactersMax);
  return { type: 'plain_text', text: shown, emoji: false };
}

/** @param markup written by us, with everything else in it inert and escaped; `verbatim` keeps Slack from linking in it */
export function markup(text: string): types.MrkdwnElement {
  return { type: 'mrkdwn', text, verbatim: true };
}

export function section(text: types.TextObject): types.SectionBlock {
  // Without `expand` Slack folds long text away behind "See more".
  return { type: 'section', text, expand: true };
}

export function plainSection(text: string): types.SectionBlock {
  return section(plainText(text, SECTION_CHARACTERS_MAX));
}

export function header(text: string, charactersMax: number): types.HeaderBlock {
  return { type: 'header', text: plainText(text, charactersMax) };
}

export function context(texts: readonly types.TextObject[]): types.ContextBlock {
  return { type: 'context', elements: [...texts] };
}

/** An instant as our cards write it. */
const INSTANT = /\b(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}) UTC\b/g;

/** Inert text, escaped; an instant in it is shown in the time of whoever reads it. */
export function withLocalTimes(text: string): string {
  return escapeText(text).replace(INSTANT, (written, day: string, time: string) => {
    const at = new Date(`${day}T${time}:00Z`);
    return Number.isNaN(at.getTime()) ? written : dateToken(at, written);
  });
}

/** @param fallback for clients that cannot show dates; ours, not typed */
export function dateToken(at: Date, fallback: string): string {
  return `<!date^${Math.floor(at.getTime() / 1_000)}^{date_short_pretty} {time}|${fallback}>`;
}

/** A fixed-width word of ours or of somebody else; null when it would not stay one. */
export function codeSpan(text: string): string | null {
  return text.trim() === '' || /[`\n]/.test(text) ? null : `\`${escapeText(text)}\``;
}
