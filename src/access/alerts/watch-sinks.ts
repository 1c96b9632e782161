/** Tells when a sink falls behind or would not take something, and when that is over. */
import { formatDuration } from '../../core/duration.ts';
import type { AccessContext } from '../context.ts';
import { readSinkStandings, type SinkStanding } from '../sinks/read-sinks.ts';
import { noteCondition } from './raise-alert.ts';

export async function watchSinks(context: AccessContext): Promise<void> {
  const { alerts } = context.policy.current().document;
  if (alerts === undefined) return;
  const standings = await readSinkStandings(context);
  if (standings.length === 0) return;
  await context.store.transaction(async (db) => {
    for (const sink of standings) {
      const groupKey = `sink ${sink.name}`;
      await noteCondition(context, db, {
        kind: 'sink-behind',
        groupKey,
        holds: sink.lagSeconds * 1_000 > alerts.sinkBehind,
        facts: {
          sink: sink.name,
          behind: `${formatDuration(Math.round(sink.lagSeconds) * 1_000)}, ${sink.lagEvents} events`,
          problem: problemOf(sink),
        },
      });
      await noteCondition(context, db, {
        kind: 'dead-letter',
        groupKey,
        holds: sink.deadLetters > 0,
        facts: { sink: sink.name, refused: String(sink.deadLetters) },
      });
    }
  });
}

function problemOf({ paused, lastError }: SinkStanding): string {
  return paused ? 'it is paused' : (lastError ?? '');
}
