import type { Identity } from '../../core/identity.ts';
import { readAnew } from '../../store/operations/search-progress.ts';
import type { AccessContext } from '../context.ts';
import { recordEvent } from '../record.ts';
import { refusalUnlessOverseer } from '../rights.ts';

/**
 * Has recordings read into the search from their beginning: after masks have changed, say. What is there is found until
 * the turn of each comes.
 * @param input.sessionId null for all
 * @returns how many will be read
 * @throws AppError `forbidden` unless the caller is an overseer
 */
export async function reindexSessions(
  context: AccessContext,
  input: { by: Identity; sessionId: string | null },
): Promise<{ sessions: number }> {
  const { by, sessionId } = input;
  const text = 'Reading recordings anew is for members of the groups in `oversight`.';
  const refusal = refusalUnlessOverseer(context, { identity: by, text });
  if (refusal !== null) throw refusal;
  const now = context.clock.now();
  return context.store.transaction(async (db) => {
    const sessions = await readAnew(db, { sessionId, now });
    const subject = sessionId ?? 'sessions';
    await recordEvent(db, {
      at: now,
      type: 'sessions.reindexed',
      actorId: by.id,
      subject,
      data: { sessions },
    });
    return { sessions };
  });
}
