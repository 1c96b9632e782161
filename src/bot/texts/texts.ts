/**
 * What chat says, in the language of whatever is being done. Whoever lets work in (an act, a job that shows a card)
 * says which language that is; what makes cards, forms and answers asks here at the moment it needs words, so no
 * text is kept from one act to the next. Outside of any such work it is English.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { AccessContext } from '../../access/context.ts';
import { ENGLISH } from './en/english.ts';
import { LANGUAGE_TABLE, type Texts } from './languages.ts';

const spoken = new AsyncLocalStorage<Texts>();

export function texts(): Texts {
  return spoken.getStore() ?? ENGLISH;
}

/** Does the work, and all that it awaits, in this language. */
export function inTexts<Result>(language: Texts, work: () => Result): Result {
  return spoken.run(language, work);
}

/** In the language of the policy in force; within other such work, in that one's. */
export function inLanguageOf<Result>(access: AccessContext, work: () => Result): Result {
  const { language } = access.policy.current().document.chat;
  return inTexts(spoken.getStore() ?? LANGUAGE_TABLE[language], work);
}
