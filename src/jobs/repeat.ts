/**
 * Work that repeats, once in the deployment: each process with the role of jobs asks for the turn, and the
 * database gives it to one. No queue is needed for it, so what must not wait for the queue does not.
 */
import type { AccessContext } from '../access/context.ts';
import { takeTurn } from '../access/upkeep.ts';

/** A turn is asked for by a timer; a little less than its period, so that the timer's lateness never skips one. */
const TURN_SHARE = 0.8;

export interface Repeated {
  /** Lets what runs finish. */
  stop(): Promise<void>;
}

/**
 * Runs `work` every so often. Never twice at once in this process; another process may take the next turn while
 * this one still works.
 * @param work.run `idleMs`: for how long nobody had the turn; long when the database was away
 * @param work.onError hears when it throws; the next turn comes all the same
 */
export function repeat(
  access: AccessContext,
  work: {
    readonly name: string;
    readonly everyMs: number;
    readonly run: (turn: { readonly idleMs: number }) => Promise<void>;
    readonly onError: (error: unknown) => void;
  },
): Repeated {
  let running: Promise<void> | null = null;
  const turn = async (): Promise<void> => {
    try {
      const everyMs = Math.round(work.everyMs * TURN_SHARE);
      const taken = await takeTurn(access, { name: work.name, everyMs });
      if (taken !== null) await work.run(taken);
    } catch (error) {
      work.onError(error);
    }
  };
  const timer = setInterval(() => {
    running ??= turn().finally(() => {
      running = null;
    });
  }, work.everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
