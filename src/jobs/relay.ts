/** Moves committed outbox entries into the queue: woken by a notification, and by a timer behind it. */
import type { AccessContext } from '../access/context.ts';
import { type OutboxEntry, relayOutbox, watchOutbox } from '../access/outbox.ts';

const BATCH = 100;
const POLL_MS = 1_000;

/**
 * @param options.jobs the kinds that are moved
 * @param options.deliver puts the entries into the queue; when it throws they stay in the outbox
 * @param options.onError hears of failures; the relay tries again at the next wake-up
 */
export async function startRelay(
  access: AccessContext,
  options: {
    readonly jobs: readonly string[];
    readonly deliver: (entries: readonly OutboxEntry[]) => Promise<void>;
    readonly onError: (error: unknown) => void;
  },
): Promise<{ stop(): Promise<void> }> {
  let stopped = false;
  let running: Promise<void> | null = null;
  let again = false;

  const drain = async (): Promise<void> => {
    do {
      again = false;
      try {
        let moved: number;
        const { jobs, deliver } = options;
        do moved = await relayOutbox(access, { jobs, limit: BATCH, deliver });
        while (moved === BATCH && !stopped);
      } catch (error) {
        options.onError(error);
      }
    } while (again && !stopped);
  };
  const wake = (): void => {
    if (stopped) return;
    if (running !== null) {
      again = true;
      return;
    }
    running = drain().finally(() => {
      running = null;
    });
  };

  const subscription = await watchOutbox(access, wake);
  const timer = setInterval(wake, POLL_MS);
  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await subscription.close();
      await running;
    },
  };
}
