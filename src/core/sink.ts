/** Where the audit log is sent to. */

/** What became of an event that a receiver refused: `again` waits to be sent once more. */
export const SINK_LETTER_STATES = ['waiting', 'again', 'sent', 'discarded'] as const;
export type SinkLetterState = (typeof SINK_LETTER_STATES)[number];
