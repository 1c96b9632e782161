/** What a reader sees of blocks, and in which style. */
import { readMrkdwn, type Token, unescaped } from './mrkdwn.ts';

/** Every text of blocks or a view, in the order of reading. */
export function tokensOf(blocks: unknown): readonly Token[] {
  if (Array.isArray(blocks)) return blocks.flatMap(tokensOf);
  if (typeof blocks !== 'object' || blocks === null) return [];
  const { type, text } = blocks as { readonly type?: unknown; readonly text?: unknown };
  if (type === 'mrkdwn' && typeof text === 'string') return [...readMrkdwn(text), LINE_END];
  if (type === 'plain_text' && typeof text === 'string')
    return [{ text: unescaped(text), styles: [] }, LINE_END];
  return Object.values(blocks).flatMap(tokensOf);
}

const LINE_END: Token = { text: '\n', styles: [] };

export function shownText(blocks: unknown): string {
  return tokensOf(blocks)
    .map(({ text }) => text)
    .join('');
}
