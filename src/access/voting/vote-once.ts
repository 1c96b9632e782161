import { AppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { NOTE_CHARACTERS_MAX } from '../../core/request.ts';
import type { Database } from '../../store/open-store.ts';
import type { AccessContext } from '../context.ts';
import { recordEvent } from '../record.ts';

/**
 * @param input.refuses true for the verdict that needs a reason
 * @throws AppError `invalid_input` for a note that is too long, or a refusal without one
 */
export function checkNote({ note, refuses }: { note: string | null; refuses: boolean }): void {
  if (note !== null && note.length > NOTE_CHARACTERS_MAX) {
    throw new AppError('invalid_input', `The note is longer than ${NOTE_CHARACTERS_MAX} characters.`);
  }
  if (refuses && (note ?? '').trim() === '') {
    throw new AppError('invalid_input', 'Say why: the requester sees the reason of a denial.');
  }
}

/**
 * Runs a vote as one transaction. A refusal that `work` returns is itself evidence, so it is written and
 * committed; the error is thrown after.
 */
export async function voteOnce<Result>(
  context: AccessContext,
  vote: { readonly subject: string; readonly voter: Identity; readonly platform: string; readonly at: Date },
  work: (db: Database) => Promise<Result | AppError>,
): Promise<Result> {
  const result = await context.store.transaction(async (db) => {
    const answer = await work(db);
    if (answer instanceof AppError) {
      await recordEvent(db, {
        at: vote.at,
        type: 'vote.refused',
        actorId: vote.voter.id,
        subject: vote.subject,
        data: { code: answer.code, reason: answer.message, platform: vote.platform },
      });
    }
    return answer;
  });
  if (result instanceof AppError) throw result;
  return result;
}
