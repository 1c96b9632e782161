/**
 * What somebody typed, as they typed it. Teams writes a mention into the text as `<at>Name</at>` and says beside it who
 * that is; the name alone says nothing, and nothing is searched for by it.
 */
import { AppError } from '../../core/errors.ts';
import { texts } from '../texts/texts.ts';
import type { Mention, TeamsActivity } from './activity.ts';

/** Where one of the mentions stands in the text. */
interface Standing {
  readonly mention: Mention;
  readonly at: number;
}

/** Our commands may begin with their name, with or without the slash that Slack wants. */
const PREFIX = /^\s*\/?access(?=\s|$)/i;
const ENTITIES: Readonly<Record<string, string>> = {
  '&nbsp;': ' ',
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/** Whether the bot is spoken to: in a channel it is only when it is mentioned. */
export function mentionsBot({ mentions, botId }: Pick<TeamsActivity, 'mentions' | 'botId'>): boolean {
  return mentions.some(({ id }) => id === botId);
}

/** Everybody but the bot who is mentioned, once. */
export function peopleIn({ mentions, botId }: Pick<TeamsActivity, 'mentions' | 'botId'>): readonly string[] {
  return [...new Set(mentions.map(({ id }) => id))].filter((id) => id !== botId);
}

/**
 * The command, without the bot's own mention.
 * @param names what to call everybody else who is mentioned, without a sign; one that is missing keeps Teams' name
 */
export function commandIn(
  activity: Pick<TeamsActivity, 'text' | 'mentions' | 'botId'>,
  names: ReadonlyMap<string, string> = new Map(),
): string {
  const { text, botId } = activity;
  let rest = 0;
  let line = '';
  for (const { mention, at } of standingsIn(activity)) {
    const { id, text: shown } = mention;
    line += plain(text.slice(rest, at)) + (id === botId ? ' ' : `@${names.get(id) ?? plain(nameIn(shown))}`);
    rest = at + shown.length;
  }
  return `${line}${plain(text.slice(rest))}`.replace(PREFIX, '').trim();
}

/** What a text says that was written with markup, in one line. */
export function plainTextOf(html: string): string {
  return plain(html.replaceAll(/<[^<>]*>/g, ' '))
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** @throws AppError `not_found` for somebody whom nothing can be done for, because nobody knows who it is */
export function unknownMention({ text }: Mention): AppError {
  return new AppError('not_found', texts().teams.notLinked(nameIn(text)));
}

/** In the order in which they are listed, which is that of the text; what is not there is skipped. */
function standingsIn({ text, mentions }: Pick<TeamsActivity, 'text' | 'mentions'>): readonly Standing[] {
  const standings: Standing[] = [];
  let from = 0;
  for (const mention of mentions) {
    const at = text.indexOf(mention.text, from);
    if (at < 0) continue;
    standings.push({ mention, at });
    from = at + mention.text.length;
  }
  return standings;
}

function nameIn(shown: string): string {
  return shown.replaceAll(/<\/?at[^<>]*>/g, '');
}

function plain(text: string): string {
  return text
    .replaceAll(/&(?:nbsp|amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity)
    .replaceAll('\u00a0', ' ');
}
