import { countGauges } from '../store/operations/gauges.ts';
import { recordingsToStore } from '../store/operations/recordings.ts';
import { searchLag } from '../store/operations/search-progress.ts';
import type { AccessContext } from './context.ts';
import { outboxLag } from './outbox.ts';

export interface Gauges {
  readonly requestsPending: number;
  readonly grantsLive: number;
  readonly sessionsLive: number;
  readonly holdsWaiting: number;
  readonly outboxWaiting: number;
  readonly outboxOldestSeconds: number;
  readonly eventsUnchained: number;
  readonly deadLettersWaiting: number;
  /** Sealed recordings that are not in object storage; 0 where none is configured. */
  readonly recordingsToStore: number;
  readonly recordingsToStoreOldestSeconds: number;
  /** Sessions that have ended and are not in the search to their end. */
  readonly sessionsToIndex: number;
  readonly sessionsToIndexOldestSeconds: number;
}

/** What the metrics show of the deployment's state. */
export async function readGauges(context: AccessContext): Promise<Gauges> {
  const { waiting, oldest } = await outboxLag(context);
  const ageMs = oldest === null ? 0 : context.clock.now().getTime() - oldest.getTime();
  return {
    ...(await recordingsWaiting(context)),
    ...(await sessionsToIndex(context)),
    ...(await countGauges(context.store.read())),
    outboxWaiting: waiting,
    outboxOldestSeconds: Math.max(0, ageMs) / 1_000,
  };
}

async function sessionsToIndex(
  context: AccessContext,
): Promise<Pick<Gauges, 'sessionsToIndex' | 'sessionsToIndexOldestSeconds'>> {
  const { waiting, oldest } = await searchLag(context.store.read());
  const ageMs = oldest === null ? 0 : context.clock.now().getTime() - oldest.getTime();
  return { sessionsToIndex: waiting, sessionsToIndexOldestSeconds: Math.max(0, ageMs) / 1_000 };
}

async function recordingsWaiting(
  context: AccessContext,
): Promise<Pick<Gauges, 'recordingsToStore' | 'recordingsToStoreOldestSeconds'>> {
  if (context.policy.current().document.recording.storage.s3 === undefined)
    return { recordingsToStore: 0, recordingsToStoreOldestSeconds: 0 };
  const { waiting, oldest } = await recordingsToStore(context.store.read());
  const ageMs = oldest === null ? 0 : context.clock.now().getTime() - oldest.getTime();
  return { recordingsToStore: waiting, recordingsToStoreOldestSeconds: Math.max(0, ageMs) / 1_000 };
}
