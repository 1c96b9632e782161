/** Delivering to the configured sinks: which of them have something to send, and sending it. */
import { deliver } from '../../audit/sinks/deliver.ts';
import type { Sink } from '../../audit/sinks/sink.ts';
import { openSink } from '../../audit/sinks/table.ts';
import type { SinkSettings } from '../../policies/document/schema.ts';
import { enrolSink, listSinkRows, listSinksWithWork } from '../../store/operations/sinks.ts';
import type { AccessContext } from '../context.ts';
import { openSettings } from './open-settings.ts';

/** A process goes on with one sink for so long before it looks at its settings again. */
const BUDGET_MS = 60_000;

/** Sinks that have something to send which nobody is sending now; one that is new is known from here on. */
export async function sinksWithWork(context: AccessContext): Promise<readonly SinkSettings[]> {
  const { sinks } = context.policy.current().document;
  if (sinks.length === 0) return [];
  const db = context.store.read();
  const now = context.clock.now();
  const all = sinks.map(({ name }) => name);
  const kinds = new Map((await listSinkRows(db, { names: all })).map(({ name, kind }) => [name, kind]));
  for (const { name, kind, from } of sinks) {
    if (kinds.get(name) !== kind) await enrolSink(db, { name, kind, from, now });
  }
  const names = await listSinksWithWork(db, { names: all, now });
  return sinks.filter(({ name }) => names.includes(name));
}

/**
 * Sends what there is, when nobody else does. @returns why it stopped, if it failed
 * @param input.replica names this process
 */
export async function runSink(
  context: AccessContext,
  input: { readonly settings: SinkSettings; readonly replica: string; readonly signal: AbortSignal },
): Promise<{ readonly problem: string | null }> {
  const { settings, replica, signal } = input;
  const opened: Sink[] = [];
  const close = (): void => {
    for (const sink of opened) sink.close();
  };
  signal.addEventListener('abort', close, { once: true });
  try {
    const outcome = await deliver({
      store: context.store,
      now: () => context.clock.now(),
      random: Math.random,
      holder: replica,
      sink: settings.name,
      open: () => {
        const sink = openSink(openSettings(context, settings), () => context.clock.now());
        opened.push(sink);
        return sink;
      },
      budgetMs: BUDGET_MS,
      signal,
    });
    return { problem: outcome?.problem ?? null };
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}
