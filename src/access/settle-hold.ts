/** The ways out of `held`. Each writes its audit event, tells the brokers and asks for the card. */
import type { WithdrawalCause } from '../core/hold.ts';
import type { Database } from '../store/open-store.ts';
import {
  type HoldOutcome,
  listHeldOfGrants,
  listHeldOfSession,
  moveHold,
} from '../store/operations/holds.ts';
import { askForJob, type EventType, recordEvent } from './record.ts';

const EVENT: Readonly<Record<HoldOutcome['to'], EventType>> = {
  approved: 'hold.approved',
  denied: 'hold.denied',
  expired: 'hold.expired',
  withdrawn: 'hold.withdrawn',
};

/**
 * @param input.actorId null when the system itself acts
 * @returns true if this call decided: the one outcome of a race
 */
export async function settleHold(
  db: Database,
  input: {
    id: string;
    outcome: HoldOutcome;
    at: Date;
    actorId: string | null;
    data?: Record<string, string | readonly string[]>;
  },
): Promise<boolean> {
  const { id, outcome, at, actorId, data = {} } = input;
  if (!(await moveHold(db, { id, outcome, at }))) return false;
  const facts = outcome.to === 'withdrawn' ? { because: outcome.because } : {};
  await recordEvent(db, { at, type: EVENT[outcome.to], actorId, subject: id, data: { ...data, ...facts } });
  await askForJob(db, { job: 'sync-card', payload: { subject: 'hold', id } }, { now: at });
  return true;
}

/**
 * The access has ended: nobody is asked any more about what is held under it. Its sessions end by themselves.
 * @returns how many commands waited
 */
export async function withdrawHoldsOfGrants(
  db: Database,
  input: { grantIds: readonly string[]; at: Date },
): Promise<number> {
  const { grantIds, at } = input;
  let withdrawn = 0;
  for (const id of await listHeldOfGrants(db, { grantIds })) {
    const outcome = { to: 'withdrawn', because: 'session-ended' } as const;
    if (await settleHold(db, { id, outcome, at, actorId: null })) withdrawn += 1;
  }
  return withdrawn;
}

/** Nobody is asked any more about what a session holds. The caller holds the session's row lock. */
export async function withdrawHoldsOfSession(
  db: Database,
  input: { sessionId: string; because: WithdrawalCause; at: Date },
): Promise<void> {
  const { sessionId, because, at } = input;
  for (const id of await listHeldOfSession(db, { sessionId })) {
    await settleHold(db, { id, outcome: { to: 'withdrawn', because }, at, actorId: null });
  }
}
