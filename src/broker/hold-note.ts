/** What became of a held command, as its recording tells it. */
import type { HoldView } from '../access/views.ts';
import type { HoldNote } from './gate.ts';

/** Who decided, and what they wrote, only where people did. */
export function holdNoteOf({ id, state, scope, votes, note }: HoldView): HoldNote {
  const approved = state === 'approved';
  const decided = approved || state === 'denied';
  const verdict = approved ? 'approve' : 'deny';
  const voters = decided ? votes.filter((vote) => vote.verdict === verdict) : [];
  return {
    id,
    state,
    scope: approved ? scope : null,
    by: voters.map(({ person }) => ({ id: person.id, name: person.name })),
    note: decided ? note : null,
  };
}
