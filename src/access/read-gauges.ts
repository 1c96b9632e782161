import { countGauges } from '../store/operations/gauges.ts';
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
}

/** What the metrics show of the deployment's state. */
export async function readGauges(context: AccessContext): Promise<Gauges> {
  const { waiting, oldest } = await outboxLag(context);
  const ageMs = oldest === null ? 0 : context.clock.now().getTime() - oldest.getTime();
  return {
    ...(await countGauges(context.store.read())),
    outboxWaiting: waiting,
    outboxOldestSeconds: Math.max(0, ageMs) / 1_000,
  };
}
