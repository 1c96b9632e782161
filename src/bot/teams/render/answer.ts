/** What a person gets back for an act, for them alone. It may carry a secret: where it does, it is never stored. */
import type { ActAnswer, Ephemeral } from '../../act-answer.ts';
import type { Form } from '../../card.ts';
import type { Stage } from './buttons.ts';
import { elementsOf, showsAllOf } from './card.ts';
import { type AdaptiveCard, adaptiveCard, container, type Element, type TextInput } from './elements.ts';
import { cut, lookalike, richText, runsWithLocalTimes } from './escape.ts';
import { firstThatFits } from './fit.ts';
import { LABEL_CHARACTERS_MAX } from './limits.ts';
import { DETAILS, TONE_MARKS, TONE_STYLES } from './lines.ts';

/** What an answer in one line may have. */
const LINE_CHARACTERS_MAX = 1_000;

export function answerCard(reply: Ephemeral, stage: Stage): AdaptiveCard {
  const { card } = reply;
  const own = [...saidOf(reply), ...reply.copyable.map(toCopy)];
  if (card === null) return adaptiveCard(own);
  const whole = showsAllOf(card);
  const view = { kind: 'own', stage } as const;
  return firstThatFits(DETAILS, (detail) =>
    adaptiveCard([...own, ...elementsOf(card, { detail, whole, view })]),
  );
}

/** An answer that is words and nothing else, for a place that shows words; null for any other. */
export function answerLine({ tone, text, card, copyable }: Ephemeral): string | null {
  if (card !== null || copyable.length > 0) return null;
  return lookalike(`${TONE_MARKS[tone]} ${text}`, LINE_CHARACTERS_MAX);
}

/** Whether it must not be kept: not in a message, but in a dialog or in the answer to a click. */
export function holdsSecret({ reply }: ActAnswer): boolean {
  return reply !== null && reply.copyable.length > 0;
}

/** The form to open, unless it takes an approval of something that its card does not show in full. */
export function formToOpen({ reply, form }: ActAnswer): Form | null {
  if (form?.id !== 'approve-command') return form;
  return reply?.card && showsAllOf(reply.card) ? form : null;
}

function saidOf({ tone, text }: Ephemeral): readonly Element[] {
  if (text === '') return [];
  const said = richText(runsWithLocalTimes(`${TONE_MARKS[tone]} ${text}`));
  return [container([said], { style: TONE_STYLES[tone] })];
}

/** A field rather than a text: it is what every client lets people select and copy, a phone's as well. */
function toCopy({ label, text }: Ephemeral['copyable'][number], index: number): TextInput {
  return {
    type: 'Input.Text',
    id: `copy-${index}`,
    label: cut(label, LABEL_CHARACTERS_MAX),
    value: text,
    ...(text.length > 60 ? { isMultiline: true } : {}),
  };
}
