import { randomUUID } from 'node:crypto';
import { watchLog } from '../access/alerts/watch-log.ts';
import { watchSinks } from '../access/alerts/watch-sinks.ts';
import type { UpkeepDefinition } from './job.ts';

const LOOK_MS = 1_000;
/** Names this process among replicas. */
const WATCHER = randomUUID();

/** Tells in chat of what somebody should look at. */
export const watchForAlerts: UpkeepDefinition = {
  everyMs: LOOK_MS,
  run: async ({ access }) => {
    await watchLog(access, { replica: WATCHER });
    await watchSinks(access);
  },
};
