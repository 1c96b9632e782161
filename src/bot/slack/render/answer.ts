/** What a person gets back for an act, as a message that they alone see. It may carry a secret: it is never stored. */
import type { types } from '@slack/bolt';
import type { ActAnswer, Ephemeral } from '../../act-answer.ts';
import type { Form } from '../../card.ts';
import { messageOf, type SlackMessage, showsAllOf } from './blocks.ts';
import { escapeToFit } from './escape.ts';
import { NOTIFICATION_CHARACTERS_MAX } from './limits.ts';
import { linesToBlocks, statusLine, TONE_MARKS } from './lines.ts';
import { wholeVerbatim } from './verbatim.ts';

/** @returns null when the answer is a form and nothing else */
export function answerMessage({ reply }: ActAnswer): SlackMessage | null {
  if (reply === null) return null;
  const card = reply.card === null ? null : messageOf(reply.card);
  const said = reply.text === '' ? (card?.text ?? '') : `${TONE_MARKS[reply.tone]} ${reply.text}`;
  return {
    text: card !== null && reply.text === '' ? card.text : escapeToFit(said, NOTIFICATION_CHARACTERS_MAX),
    blocks: answerBlocks(reply, card?.blocks ?? []),
  };
}

/** The form to open, unless it takes an approval of something that its card does not show in full. */
export function formToOpen({ reply, form }: ActAnswer): Form | null {
  if (form?.id !== 'approve-command') return form;
  return reply?.card && showsAllOf(reply.card) ? form : null;
}

function answerBlocks(reply: Ephemeral, cardBlocks: readonly types.KnownBlock[]): types.KnownBlock[] {
  const said = reply.text === '' ? [] : linesToBlocks([withMark(reply)]);
  const copyable = reply.copyable.flatMap(({ label, text }) => wholeVerbatim({ label, text, omits: null }));
  return [...said, ...copyable, ...cardBlocks];
}

function withMark({ tone, text }: Ephemeral): ReturnType<typeof statusLine> {
  const line = statusLine(text);
  return { ...line, text: `${TONE_MARKS[tone]} ${line.text}` };
}
