/** The report of a large incident: 500 sessions, 100,000 statements, within its bounds and without holding up the loop. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeReport } from '../../src/access/incidents/report/make-report.ts';
import type { IncidentReport } from '../../src/access/incidents/report/report.ts';
import { writeReport } from '../../src/access/incidents/report/write-report.ts';
import { incidentTimeline } from '../../src/access/incidents/timeline.ts';
import { RecordingsIndex } from '../../src/access/search/index-recordings.ts';
import { Secret } from '../../src/core/secret.ts';
import { ZERO_COUNTS } from '../../src/core/session.ts';
import type { Effect } from '../../src/core/statement.ts';
import { openExaminer } from '../../src/recording/evidence/examine.ts';
import { openRecordingsToFollow } from '../../src/recording/follow.ts';
import { Journal } from '../../src/recording/journal/journal.ts';
import { createRecordingKeys } from '../../src/recording/keys.ts';
import { openRecording } from '../../src/recording/writer.ts';
import { endSessionRow, insertSession } from '../../src/store/operations/sessions.ts';
import { useTestAccess } from '../support/access.ts';
import { type LiveGrant, liveGrant } from '../support/live-session.ts';
import { printFigures } from './figures.ts';

const INCIDENT = 'inc-large';
const SESSIONS = 500;
const STATEMENTS = 200;
const DOCUMENT_BYTES_MAX = 5 * 1_048_576;
const HEAP_BYTES_MAX = 100 * 1_048_576;
const TIMEOUT_MS = 600_000;

const access = useTestAccess();
const keys = createRecordingKeys({
  masterKey: new Secret(randomBytes(32)),
  signingKey: generateKeyPairSync('ed25519').privateKey,
});
let directory: string;
let grant: LiveGrant;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-large-incident-'));
  grant = await liveGrant(access.current, { incident: INCIDENT });
  const journal = new Journal({ directory, keys, sync: 1_000 });
  for (let number = 0; number < SESSIONS; number += 1) await record(journal, number);
  await journal.close();
}, TIMEOUT_MS);
afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function record(journal: Journal, number: number): Promise<void> {
  const { grantId, requestId, alice } = grant;
  const sessionId = `s-large${String(number).padStart(4, '0')}`;
  const startedAt = access.current.clock.now();
  const db = access.current.store.read();
  await insertSession(db, {
    ...{ id: sessionId, grantId, replica: 'test', clientAddress: '10.0.0.1', application: 'psql' },
    ...{ policyVersion: 'test', startedAt, counts: ZERO_COUNTS },
  });
  const recorder = openRecording({
    journal,
    facts: {
      ...{ sessionId, grantId, requestId, approvers: [], resource: 'orders-db', resourceKind: 'postgres' },
      ...{
        role: 'write',
        reason: 'large',
        incident: INCIDENT,
        clientAddress: '10.0.0.1',
        application: 'psql',
      },
      ...{ policyVersion: 'test', startedAt: startedAt.toISOString() },
      holder: { id: alice.id, name: alice.name, email: alice.email },
    },
  });
  for (let statement = 1; statement <= STATEMENTS; statement += 1) {
    const changes = statement % 4 === 0;
    const effects: Effect[] = [changes ? 'update' : 'select'];
    const text = changes
      ? `update orders set status = 'late' where id = ${statement}`
      : `select * from orders where id = ${statement}`;
    const relations = [
      { schema: 'public', name: 'orders', access: changes ? ('write' as const) : ('read' as const) },
    ];
    recorder.append({
      ...{ type: 'statement', atMs: statement, statement, text, protocol: 'simple', parameters: [] },
      analysis: [{ text, effects, relations, functions: [], flags: [] }],
      verdict: { action: 'allow', rule: null, reason: 'the role allows it' },
    });
    recorder.note({
      ...{ type: 'outcome', atMs: statement, statement, durationMs: 1, rows: 1, maskedCells: 0, error: null },
      tags: [changes ? 'UPDATE 1' : 'SELECT 1'],
    });
  }
  const { headHex } = await recorder.close();
  await endSessionRow(db, {
    ...{ id: sessionId, reason: 'client-closed', at: startedAt, recordingHead: headHex, riskiest: null },
    counts: { ...ZERO_COUNTS, commands: STATEMENTS },
  });
}

async function report(): Promise<IncidentReport> {
  const examiner = openExaminer({ directory, keys });
  const making = { name: INCIDENT, audience: 'person', by: grant.alice, examiner } as const;
  const steps = makeReport(access.current.context, { ...making, timeMaxMs: TIMEOUT_MS });
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
  }
}

test(
  'a report of 500 sessions and 100,000 statements is whole and stays within its bounds',
  async () => {
    const heapBytes = process.memoryUsage().heapUsed;
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const beganMs = performance.now();
    const made = await report();
    const tookMs = performance.now() - beganMs;
    delay.disable();
    globalThis.gc?.();
    const grownBytes = process.memoryUsage().heapUsed - heapBytes;
    const sizes = (['html', 'markdown', 'json'] as const).map((format) =>
      Buffer.byteLength(writeReport(made, format).text),
    );
    printFigures('report of an incident', {
      ms: Math.round(tookMs),
      loopHeldMs: Math.round(delay.max / 1e6),
      loopHeldMsAt99: Math.round(delay.percentile(99) / 1e6),
      heapGrownMiB: Math.round(grownBytes / 1_048_576),
      documentBytes: sizes.join('/'),
    });
    expect(made.figures).toMatchObject({ sessions: SESSIONS, verified: SESSIONS, failedVerification: 0 });
    expect(made.tables).toMatchObject([{ table: 'public.orders', rows: (SESSIONS * STATEMENTS) / 4 }]);
    expect(made.commands).toHaveLength(100);
    expect(made.leftOut).toContain(`Left out: ${(SESSIONS * STATEMENTS) / 4 - 100} less risky commands.`);
    for (const bytes of sizes) expect(bytes).toBeLessThan(DOCUMENT_BYTES_MAX);
    expect(grownBytes).toBeLessThan(HEAP_BYTES_MAX);
  },
  TIMEOUT_MS,
);

test(
  'its timeline is bounded, and says what is left out',
  async () => {
    const index = new RecordingsIndex(access.current.context, openRecordingsToFollow({ directory, keys }));
    const isRead = async (): Promise<boolean> => {
      const [row] = await access.current.store
        .read()
        .execute<{ open: string }[]>('select count(*) as open from search_progress where not complete');
      return row?.open === '0';
    };
    while (!(await isRead())) expect(await index.readOn()).toEqual([]);
    index.close();
    const { context } = access.current;
    const beganMs = performance.now();
    const timeline = await incidentTimeline(context, { name: INCIDENT, viewer: grant.alice });
    printFigures('timeline of an incident', {
      ms: Math.round(performance.now() - beganMs),
      entries: timeline.entries.length,
    });
    const statements = timeline.entries.filter(({ kind }) => kind === 'statement');
    expect(statements).toHaveLength(500);
    expect(timeline.statementsLeftOut).toBe((SESSIONS * STATEMENTS) / 4 - 500);
    expect(timeline.cut).toBe(true);
  },
  TIMEOUT_MS,
);
