/**
 * Watching a session while it runs: for whoever may read it. That somebody does is an event of the audit log, once for
 * each watch, and is shown with the session: responders see who is on it already, and nobody is watched in secret.
 */
import { after } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { forgetWatcher, noteWatcher } from '../../store/operations/session-watchers.ts';
import type { AccessContext } from '../context.ts';
import { readSession } from '../read-access.ts';
import { recordEvent } from '../record.ts';
import type { SessionView } from '../views.ts';
import { WATCHES_MS } from './watchers-of.ts';

/** Somebody who comes back within this goes on with the same watch: a page was reloaded, a connection lost. */
const SAME_WATCH_MS = 60_000;

/**
 * Begins to watch, or goes on.
 * @throws AppError `not_found` when the caller may not see it, `conflict` when it has ended
 */
export async function beginWatch(
  context: AccessContext,
  input: { sessionId: string; by: Identity },
): Promise<SessionView> {
  const session = await readSession(context, { id: input.sessionId, viewer: input.by });
  if (session.endedAt !== null)
    throw new AppError('conflict', `Session ${session.id} has ended. Its recording has all of it.`);
  await renewWatch(context, input);
  return session;
}

/** @throws AppError `unavailable` */
export async function renewWatch(
  context: AccessContext,
  { sessionId, by }: { sessionId: string; by: Identity },
): Promise<void> {
  const now = context.clock.now();
  await context.store.transaction(async (db) => {
    const since = after(now, -SAME_WATCH_MS);
    if (!(await noteWatcher(db, { sessionId, identityId: by.id, now, since }))) return;
    await recordEvent(db, { at: now, type: 'session.watched', actorId: by.id, subject: sessionId });
  });
}

/** The last stream of this person about the session has ended here; should there be another elsewhere, it renews it. */
export async function endWatch(
  context: AccessContext,
  { sessionId, by }: { sessionId: string; by: Identity },
): Promise<void> {
  const seenAt = after(context.clock.now(), -2 * WATCHES_MS);
  await forgetWatcher(context.store.read(), { sessionId, identityId: by.id, seenAt });
}
