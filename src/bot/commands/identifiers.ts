/** The identifiers people type: of requests, grants and sessions, and of people. */
import { parseDuration } from '../../core/duration.ts';
import { AppError } from '../../core/errors.ts';
import { texts } from '../texts/texts.ts';
import { type Clauses, usageError } from './clauses.ts';

export const ID_CHARACTERS_MAX = 64;
export const NAME_CHARACTERS_MAX = 63;
export const ACCOUNT_CHARACTERS_MAX = 200;
const ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/**
 * The one identifier a command takes; chat clients like to add a full stop or brackets.
 * @throws AppError `invalid_input`
 */
export function readId(clauses: Clauses, usage: string): string {
  const id = readOptionalId(clauses, usage);
  if (id === null) throw usageError(texts().usage.missingId, usage);
  return id;
}

export function readOptionalId(clauses: Clauses, usage: string): string | null {
  const [typed] = clauses.positionals;
  if (typed === undefined) return null;
  const id = typed.replace(/^[<[(`]+|[>\])`.,;]+$/g, '');
  if (!ID.test(id)) throw usageError(texts().usage.noId(typed.slice(0, 60)), usage);
  return id;
}

/**
 * `@dana`, `@dana@example.com`: a mention of a person.
 * @returns the account without its sign, or null when the word is no mention
 */
export function readMention(word: string): string | null {
  if (!word.startsWith('@')) return null;
  const account = word.slice(1);
  return account === '' || account.length > ACCOUNT_CHARACTERS_MAX ? null : account;
}

/**
 * A person or workload that a command names, with or without the sign.
 * @throws AppError `invalid_input`
 */
export function readPerson(word: string, usage: string): string {
  const account = readMention(word.startsWith('@') ? word : `@${word}`);
  if (account === null) throw usageError(texts().usage.namesNobody(word.slice(0, 60)), usage);
  return account;
}

/** A ticket's number, key or address has a digit; a word of the reason rarely has. */
export function looksLikeTicket(word: string): boolean {
  return /\d/.test(word);
}

export function readDurationClause(clauses: Clauses): number | null {
  const text = clauses.values.get('for');
  return text === undefined ? null : parseDuration(text);
}

/** A name of a resource or role, as far as the grammar can tell. */
export function readName(text: string | undefined, what: 'resource' | 'role'): string | null {
  if (text === undefined) return null;
  if (text.length > NAME_CHARACTERS_MAX) {
    const { resourceTooLong, roleTooLong } = texts().usage;
    const tooLong = what === 'resource' ? resourceTooLong : roleTooLong;
    throw new AppError('invalid_input', tooLong(NAME_CHARACTERS_MAX));
  }
  return text;
}
