/** Every language that chat speaks; the type sees to it that each says everything. */
import type { Language } from '../../core/language.ts';
import { ENGLISH } from './en/english.ts';

/** English is the one that the others are measured by. */
export type Texts = typeof ENGLISH;

export const LANGUAGE_TABLE: Readonly<Record<Language, Texts>> = {
  en: ENGLISH,
};
