/** More rows at once than anybody needs: has to be cut, with the session, and told. */
import { SESSION } from '../../../web/schemas/sessions.ts';
import type { Drill, DrillStep } from '../drill.ts';
import { alertedCheck, loggedCheck, recordedCheck } from '../evidence.ts';
import { type Check, failedCheck, timedCheck, unknownCheck } from '../model.ts';
import type { Flood } from '../stolen-connection.ts';
import { openStolenSession } from '../stolen-sessions.ts';

const NOT_NAMED = 'no table was named: --bulk customers, or --skip bulk';

export const READ_IN_BULK: DrillStep = {
  name: 'bulk',
  title: 'A read in bulk',
  expected: 'cut at the limit, the session ended, and somebody told',
  needsAccess: true,
  run: async (drill) => {
    const { bulk, rowsMax } = drill.plan;
    if (bulk === null) return { checks: [unknownCheck('stopped', NOT_NAMED)], sessions: [] };
    const asked = rowsMax + 1;
    // A small table will do: its rows are repeated, and the target sends no more than are asked for.
    const statement = `select t.* from ${bulk.sql} t, generate_series(1, ${asked}) limit ${asked}`;
    const session = await openStolenSession(drill);
    const since = performance.now();
    const flood = await session.flood(statement);
    await session.close();
    const act = { session: session.id, since };
    const evidence =
      flood.rows === 0 && flood.endedAfterMs === null
        ? []
        : [
            recordedCheck(drill, {
              ...act,
              statement,
              judge: ({ rows, maskedCells }) => `${rows} rows, ${maskedCells} masked cells`,
            }),
            loggedCheck(drill, { subject: session.id, type: 'session.stopped', since }),
            alertedCheck(drill, { ...act, kind: 'stopped-session', type: 'session.stopped' }),
          ];
    return {
      checks: [await judge(drill, { flood, session: session.id }), ...evidence],
      sessions: [session.id],
    };
  },
};

async function judge(drill: Drill, { flood, session }: { flood: Flood; session: string }): Promise<Check> {
  const { rowsMax, limits, bulk } = drill.plan;
  const { rows, endedAfterMs, message } = flood;
  if (rows > rowsMax) return failedCheck('stopped', `NOT STOPPED: ${rows} rows left at once`);
  if (message === '')
    return unknownCheck('stopped', `only ${rows} rows came: ${bulk?.shown} has none to repeat`);
  if (endedAfterMs === null)
    return rows > 0
      ? failedCheck('stopped', `cut after ${rows} rows, but the session lives on: ${message}`)
      : unknownCheck('stopped', `the read itself was refused: ${message}`);
  const path = `/sessions/${encodeURIComponent(session)}`;
  const { endReason } = await drill.overseer.get(path, SESSION);
  if (endReason !== null && endReason !== 'stopped-by-rule')
    return unknownCheck('stopped', `the session ended for another reason, ${endReason}: ${message}`);
  const text = `cut after ${rows} rows, and the session ended`;
  return timedCheck('stopped', { text, afterMs: endedAfterMs, withinMs: limits.stoppedMs });
}
