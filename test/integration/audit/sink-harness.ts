/** Sends a test's audit log to one receiver, as the jobs do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { deliver } from '../../../src/audit/sinks/deliver.ts';
import type { OpenSettings, TlsFiles } from '../../../src/audit/sinks/settings.ts';
import type { Sink } from '../../../src/audit/sinks/sink.ts';
import { openSink } from '../../../src/audit/sinks/table.ts';
import type { SinkRow } from '../../../src/store/entities/sink.ts';
import type { Store } from '../../../src/store/open-store.ts';
import { enrolSink, findSink, makeSinkDue } from '../../../src/store/operations/sinks.ts';

export const NO_TLS: TlsFiles = { ca: null, certificate: null, key: null };
const PATIENCE_MS = 60_000;
const POLL_MS = 20;

export interface SinkRun {
  readonly name: string;
  readonly settings: OpenSettings;
  readonly holder?: string;
  readonly budgetMs?: number;
}

/** A new sink begins at the first event. */
export async function enrol(store: Store, name: string): Promise<void> {
  await enrolSink(store.read(), { name, kind: 'test', from: 'start', now: new Date() });
}

/** One run of a worker. */
export async function runOnce(store: Store, run: SinkRun) {
  const sinks: Sink[] = [];
  try {
    return await deliver({
      store,
      now: () => new Date(),
      random: Math.random,
      holder: run.holder ?? 'replica-1',
      sink: run.name,
      open: () => {
        const sink = openSink(run.settings, () => new Date());
        sinks.push(sink);
        return sink;
      },
      budgetMs: run.budgetMs ?? PATIENCE_MS,
      signal: new AbortController().signal,
    });
  } finally {
    for (const sink of sinks) sink.close();
  }
}

/** Runs again and again, without the waits in between, until the cursor is there. */
export async function runUntil(
  store: Store,
  run: SinkRun,
  cursor: number,
  patienceMs = PATIENCE_MS,
): Promise<SinkRow> {
  const endsAt = Date.now() + patienceMs;
  for (;;) {
    await runOnce(store, run);
    const row = await findSink(store.read(), run);
    if (row !== null && row.cursor >= cursor) return row;
    if (Date.now() > endsAt) throw new Error(`it got to event ${row?.cursor} only: ${row?.lastError}`);
    await makeSinkDue(store.read(), run);
    await sleep(POLL_MS);
  }
}
