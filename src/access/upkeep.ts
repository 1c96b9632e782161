/** Work that repeats by itself, once in the deployment and not once in each process. */
import { after } from '../core/clock.ts';
import { deleteOldAlerts } from '../store/operations/alerts.ts';
import { deleteOldChatDeliveries } from '../store/operations/chat-deliveries.ts';
import { deleteExpiredLinkNonces } from '../store/operations/chat-links.ts';
import { deleteOldChatPostings } from '../store/operations/chat-postings.ts';
import { deleteSettledDeadLetters } from '../store/operations/dead-letters.ts';
import { deleteExpiredWebSessions } from '../store/operations/identities.ts';
import { deleteSettledSinkLetters } from '../store/operations/sink-letters.ts';
import { deleteExpiredStepUps } from '../store/operations/step-ups.ts';
import { takeUpkeepTurn } from '../store/operations/upkeep-turns.ts';
import { DELIVERIES_KEPT_MS } from './chat-deliveries.ts';
import type { AccessContext } from './context.ts';

const ALERTS_KEPT_MS = 30 * 24 * 3_600_000;
const SETTLED_LETTERS_KEPT_MS = 30 * 24 * 3_600_000;
/** A card is posted again only within a day. */
const POSTINGS_KEPT_MS = 7 * 24 * 3_600_000;

/**
 * Asks for the turn to do repeating work; nobody else gets it for `everyMs`.
 * @returns null when somebody else has it; else for how long nobody had it
 */
export async function takeTurn(
  context: AccessContext,
  input: { name: string; everyMs: number },
): Promise<{ idleMs: number } | null> {
  return takeUpkeepTurn(context.store.read(), input);
}

/** Removes what nobody can use or needs to see any more. */
export async function tidyUp(context: AccessContext): Promise<void> {
  const now = context.clock.now();
  const db = context.store.read();
  await deleteExpiredWebSessions(db, { now });
  await deleteExpiredStepUps(db, { before: now });
  await deleteExpiredLinkNonces(db, { before: now });
  await deleteOldChatDeliveries(db, { before: after(now, -DELIVERIES_KEPT_MS) });
  await deleteOldChatPostings(db, { before: after(now, -POSTINGS_KEPT_MS) });
  await deleteSettledSinkLetters(db, { before: after(now, -SETTLED_LETTERS_KEPT_MS) });
  await deleteOldAlerts(db, { before: after(now, -ALERTS_KEPT_MS) });
  await deleteSettledDeadLetters(db, { before: after(now, -SETTLED_LETTERS_KEPT_MS) });
}
