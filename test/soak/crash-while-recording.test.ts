/**
 * `kill -9` of the server while several clients write as fast as they can, at moments that nobody chose. What
 * the target executed must be in a recording that verifies, and every session must end once.
 */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../src/demo/tour/wait-for.ts';
import { useDeployment } from '../e2e/server/deployment.ts';
import { auditReport, countCards } from '../e2e/server/stored-state.ts';
import {
  auditedEnds,
  endedSessions,
  recordedMarks,
  verifyLost,
} from './crash-while-recording/lost-sessions.ts';
import { startWriter, type WriterKind } from './crash-while-recording/writers.ts';
import { printFigures } from './figures.ts';
import { grantedConnection } from './granted-connection.ts';

const ROUNDS = [1, 2, 3, 4, 5];
const WRITERS: readonly WriterKind[] = [
  'pg, simple protocol',
  'pg, simple protocol',
  'pg, extended protocol',
  'pg, extended protocol',
  'psql',
  'psql',
];
const KILL_WITHIN_MS = 3_000;

describe('killed while six clients write', () => {
  const deployment = useDeployment();
  let url: string;
  const over: string[] = [];
  const figures = { executed: 0, acknowledged: 0, recorded: 0, sessions: 0, tornBytes: 0, auditEvents: 0 };
  afterAll(() => printFigures('crash while recording', figures));

  it('is let in, to a table that keeps what was executed', async () => {
    await deployment.current.shop.query(
      'create table executed (mark text primary key); grant select, insert, delete on executed to app_rw',
    );
    url = await grantedConnection(deployment.current);
  });

  it.each(ROUNDS)('round %i: every executed statement is in a sealed recording', async (round) => {
    const { current } = deployment;
    const writers = WRITERS.map((kind, place) => startWriter({ kind, url, name: `${round}/${place}` }));
    await Promise.all(writers.map(({ started }) => started));
    const killAfterMs = randomInt(KILL_WITHIN_MS);
    await sleep(killAfterMs);
    await current.server.kill();
    const acknowledged = (await Promise.all(writers.map(({ ended }) => ended))).flat();
    await waitFor('The end of the work on the target', async () => {
      const left = await current.shop.query(
        `select from pg_stat_activity where datname = $1 and usename = 'app_rw'`,
        [current.shop.name],
      );
      return left.length === 0 ? true : null;
    });
    await current.restart();

    const rows = await current.shop.query<{ mark: string }>('select mark from executed where mark like $1', [
      `${round}/%`,
    ]);
    const executed = rows.map(({ mark }) => mark);
    expect(missing({ of: acknowledged, in: executed }), 'answered for, but not done').toEqual([]);

    const sessions = await endedSessions(current, { except: over });
    over.push(...sessions.map(({ id }) => id));
    expect(sessions).toHaveLength(WRITERS.length);
    const recorded: string[] = [];
    for (const { id, endReason, recordingHead } of sessions) {
      const verification = await verifyLost(current, id);
      expect(verification).toMatchObject({
        ok: true,
        problems: [],
        sealedBy: 'recovered',
        headHex: recordingHead,
      });
      expect(endReason).toBe('broker-lost');
      expect(await auditedEnds(current, id)).toEqual(['broker-lost']);
      expect(await countCards(current, { subject: 'session', id })).toEqual({ byKey: 1, shown: 1 });
      recorded.push(...(await recordedMarks(current, id)));
      figures.tornBytes += verification.setAsideBytes;
    }
    const unrecorded = missing({ of: executed, in: recorded });
    expect(unrecorded, `executed, but not recorded (killed after ${killAfterMs} ms)`).toEqual([]);
    figures.executed += executed.length;
    figures.acknowledged += acknowledged.length;
    figures.recorded += recorded.length;
    figures.sessions += sessions.length;
  });

  it('has an audit log whose chain holds', async () => {
    const { current } = deployment;
    await waitFor('The chain', async () => {
      const waiting = await current.query('select from event where sequence is null');
      return waiting.length === 0 ? true : null;
    });
    const report = await auditReport(current.databaseUrl);
    expect(report).toMatchObject({ ok: true, problems: [] });
    // Each session was at least started and ended.
    expect(report.events).toBeGreaterThan(2 * ROUNDS.length * WRITERS.length);
    figures.auditEvents = report.events;
  });
});

function missing(marks: { of: readonly string[]; in: readonly string[] }): string[] {
  const there = new Set(marks.in);
  return marks.of.filter((mark) => !there.has(mark));
}
