/** `waiting -> retried | discarded` by a person, `resolved` when the sweep did the same work after all. */
export const DEAD_LETTER_STATES = ['waiting', 'retried', 'discarded', 'resolved'] as const;
export type DeadLetterState = (typeof DEAD_LETTER_STATES)[number];
