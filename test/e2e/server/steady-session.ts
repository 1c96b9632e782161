/** Somebody who works quietly in a session of their own while others misbehave. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SqlSession } from '../../../src/demo/tour/sql-client.ts';

const STATEMENT = 'SELECT count(*) FROM orders';
const PAUSE_MS = 20;

export interface SteadySession {
  /** How long each statement took since the last time this was asked; throws if one failed. */
  takeDurationsMs(): number[];
  stop(): Promise<void>;
}

export function workSteadily(session: SqlSession): SteadySession {
  const stopping = new AbortController();
  let durationsMs: number[] = [];
  let failure: string | null = null;
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const startedAt = performance.now();
      const result = await session.run(STATEMENT);
      durationsMs.push(performance.now() - startedAt);
      if (!result.ok) throw new Error(result.message);
      await sleep(PAUSE_MS);
    }
  };
  const working = work().catch((error: unknown) => {
    failure = error instanceof Error ? error.message : String(error);
  });
  return {
    takeDurationsMs: () => {
      if (failure !== null) throw new Error(`The steady session failed: ${failure}`);
      const taken = durationsMs;
      durationsMs = [];
      return taken;
    },
    stop: async () => {
      stopping.abort();
      await working;
      await session.close();
    },
  };
}

/** The value below which this share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
