import type { Values } from '../values.ts';

/** What is wrong with a line that was typed. */
export const usage = {
  write: ({ problem, usage }: Values<'problem' | 'usage'>) => `${problem} Write: /access ${usage}`,
  didYouMean: ({ problem, meant }: Values<'problem' | 'meant'>) => `${problem} Did you mean "${meant}"?`,
  unexpected: (word: string) => `I did not expect "${word}" here.`,
  twice: (keyword: string) => `"${keyword}" is given twice.`,
  nothingFollows: (keyword: string) => `Something has to follow "${keyword}".`,
  clauseTooLong: (keyword: string, characters: number) =>
    `What follows "${keyword}" is longer than ${characters} characters.`,
  commandTooLong: (characters: number) => `A command has at most ${characters} characters.`,
  notMine: ({ typed, prefix }: Values<'typed' | 'prefix'>) =>
    `"${typed}" is not mine: my commands begin with ${prefix}.`,
  unknown: ({ typed, prefix }: Values<'typed' | 'prefix'>) =>
    `"${typed}" is not a command. ${prefix} help lists them all.`,
  unknownMeant: ({ typed, prefix, meant }: Values<'typed' | 'prefix' | 'meant'>) =>
    `"${typed}" is not a command. Did you mean "${prefix} ${meant}"? ${prefix} help lists them all.`,
  missingId: 'Which one? An ID is missing.',
  noId: (typed: string) => `"${typed}" is not an ID.`,
  namesNobody: (typed: string) => `"${typed}" names nobody.`,
  resourceTooLong: (characters: number) => `The name of a resource has at most ${characters} characters.`,
  roleTooLong: (characters: number) => `The name of a role has at most ${characters} characters.`,
  nameTooLong: (characters: number) => `A name has at most ${characters} characters.`,
  titleTooLong: (characters: number) => `A title has at most ${characters} characters.`,
  commentTooLong: (characters: number) => `A comment has at most ${characters} characters.`,
  searchTooLong: (characters: number) => `A search has at most ${characters} characters.`,
  missingDelegate: 'To whom? A person is missing.',
  missingUntil: 'Until when? A date is missing.',
  missingResource: 'For which resource? A name is missing.',
  missingTitle: 'What is it about? A title is missing.',
  noDate: (typed: string) =>
    `"${typed}" is not a date. Write 2026-12-24, "2026-12-24 18:00" (UTC), tomorrow, friday or 3d.`,
};
