/** What a person gets back for an act, as a message that they alone see. It may carry a secret: it is never stored. */
import type { types } from '@slack/bolt';
import type { ActAnswer, Ephemeral } from '../../act-answer.ts';
import type { Form } from '../../card.ts';
import { texts } from '../../texts/texts.ts';
import { messageOf, type SlackMessage, showsAllOf } from './blocks.ts';
import { escapeToFit } from './escape.ts';
import { MESSAGE_CHARACTERS_MAX, NOTIFICATION_CHARACTERS_MAX } from './limits.ts';
import { type Line, linesToBlocks, statusLine, TONE_MARKS } from './lines.ts';
import { wholeVerbatim } from './verbatim.ts';

/** @returns null when the answer is a form and nothing else */
export function answerMessage({ reply }: ActAnswer): SlackMessage | null {
  if (reply === null) return null;
  const own = ownBlocks(reply);
  const charactersMax = MESSAGE_CHARACTERS_MAX - JSON.stringify(own).length;
  const card = reply.card === null ? null : messageOf(reply.card, { charactersMax });
  const text = `${TONE_MARKS[reply.tone]} ${reply.text || texts().shown.seeBelow}`;
  return {
    text: reply.text === '' && card !== null ? card.text : escapeToFit(text, NOTIFICATION_CHARACTERS_MAX),
    blocks: [...own, ...(card?.blocks ?? [])],
  };
}

/** The form to open, unless it takes an approval of something that its card does not show in full. */
export function formToOpen({ reply, form }: ActAnswer): Form | null {
  if (form?.id !== 'approve-command') return form;
  return reply?.card && showsAllOf(reply.card) ? form : null;
}

function ownBlocks(reply: Ephemeral): types.KnownBlock[] {
  const said = reply.text === '' ? [] : linesToBlocks([withMark(reply)]);
  return [
    ...said,
    ...reply.copyable.flatMap(({ label, text }) => wholeVerbatim({ label, text, omits: null })),
  ];
}

function withMark({ tone, text }: Ephemeral): Line {
  const line = statusLine(text);
  return { ...line, text: `${TONE_MARKS[tone]} ${line.text}` };
}
