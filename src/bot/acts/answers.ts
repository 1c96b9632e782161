/** The shapes of an answer, and how an error becomes one. */
import { type AppError, type ErrorCode, messageOf } from '../../core/errors.ts';
import type { ActAnswer } from '../act-answer.ts';
import type { Card, Form, Tone } from '../card.ts';
import { linkCard } from '../cards/link-card.ts';
import { plainBlock } from '../cards/plain-text.ts';
import { texts } from '../texts/texts.ts';

const TEXT_LIMITS = { charactersMax: 2_000, linesMax: 30 };

export function say(tone: Tone, text: string, card: Card | null = null): ActAnswer {
  return { reply: { tone, text: plainBlock(text, TEXT_LIMITS), card, copyable: [] }, form: null };
}

export function ask(form: Form): ActAnswer {
  return { reply: null, form };
}

/** The faults that are nobody's mistake look milder than a refusal. */
const TONES: Partial<Readonly<Record<ErrorCode, Tone>>> = {
  not_available_yet: 'neutral',
  conflict: 'warning',
  frozen: 'warning',
  gone: 'warning',
  rate_limited: 'warning',
  invalid_input: 'warning',
};

export function sayError(error: AppError): ActAnswer {
  const { url } = error.context;
  if (error.code === 'step_up_required' && typeof url === 'string') {
    return say('waiting', texts().answers.vote.needsSignIn, signInCard(url));
  }
  // What to do about it, where the message itself rarely says.
  const advices: Partial<Readonly<Record<ErrorCode, string>>> = texts().problems.advice;
  const advice = advices[error.code];
  const message = messageOf(error);
  return sayProblem(TONES[error.code] ?? 'bad', advice === undefined ? message : `${message} ${advice}`);
}

/** Nothing was done, and why. */
export function sayProblem(tone: Tone, text: string): ActAnswer {
  const { reply, form } = say(tone, text);
  return { reply: reply === null ? null : { ...reply, problem: true }, form };
}

/** The link to where the vote is cast once its voter has signed in afresh; it is for that person alone. */
function signInCard(url: string): Card {
  const { answers, buttons } = texts();
  return linkCard({
    tone: 'waiting',
    title: answers.vote.signInTitle,
    status: answers.vote.signIn,
    link: { label: buttons.signInToDecide, url },
  });
}
