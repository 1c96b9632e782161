import { GrantRow, RequestRow } from '../entities/access.ts';
import { DeadLetterRow } from '../entities/dead-letter.ts';
import { EventRow } from '../entities/event.ts';
import { HoldRow } from '../entities/hold.ts';
import { SessionRow } from '../entities/session.ts';
import type { Database } from '../open-store.ts';

/** How much of everything there is right now; each count is answered from a partial index. */
export async function countGauges(db: Database): Promise<{
  requestsPending: number;
  grantsLive: number;
  sessionsLive: number;
  holdsWaiting: number;
  eventsUnchained: number;
  deadLettersWaiting: number;
}> {
  return {
    requestsPending: await db.count(RequestRow, { state: 'pending' }),
    grantsLive: await db.count(GrantRow, { state: { $in: ['issuing', 'active'] } }),
    sessionsLive: await db.count(SessionRow, { endedAt: null }),
    holdsWaiting: await db.count(HoldRow, { state: 'held' }),
    eventsUnchained: await db.count(EventRow, { sequence: null }),
    deadLettersWaiting: await db.count(DeadLetterRow, { state: 'waiting' }),
  };
}
