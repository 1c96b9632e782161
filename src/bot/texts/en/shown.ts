import type { Values } from '../values.ts';
import { counted } from './grammar.ts';

/** What a platform says about what it shows. */
export const shown = {
  andMore: (count: number) => `and ${count} more`,
  beginning: (characters: number, lines: number) =>
    `Only the beginning of ${characters} characters in ${counted(lines, 'line', 'lines')}.`,
  close: 'Close',
  cancel: 'Cancel',
  nothing: '(nothing)',
  onlyBlanks: '(only blanks)',
  oneMoment: 'One moment …',
  openInFull: 'Open in full',
  part: (label: string, place: { readonly number: number; readonly of: number }) =>
    `${label}, part ${place.number} of ${place.of}`,
  readInFull: 'Read in full',
  seeBelow: 'See below.',
  searchHint: 'Type a part of its name',
  withinLine: (label: string) => `${label}, within a line`,
  /** Words that a status may begin with, and that stand out then. */
  leads: [
    'Pending:',
    'Held:',
    'Approved',
    'Denied',
    'Lapsed',
    'Cancelled',
    'Withdrawn',
    'Ended',
    'Live',
    'Active',
    'Lifted',
  ],
  /** Asked before what a wrong tap would end at once. */
  confirm: {
    terminate: 'The session is ended at once. The access itself stays.',
    done: 'The access ends now, and its sessions with it.',
    back: 'Back',
  },
  failed: 'Something went wrong on our side and was logged. Nothing was done: try again.',
  notThere: 'It is not there any more.',
  file: ({ name, size }: Values<'name' | 'size'>) => `${name}, ${size}`,
};
