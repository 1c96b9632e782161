/** Alerts as Slack and Teams show them: in the channel that is named for them, with what somebody has to know. */
import { expect, test } from 'vitest';
import { noteDenials } from '../../../src/access/alerts/note-denials.ts';
import { watchLog } from '../../../src/access/alerts/watch-log.ts';
import { watchSinks } from '../../../src/access/alerts/watch-sinks.ts';
import { recordEvent } from '../../../src/access/record.ts';
import { chainEvents } from '../../../src/audit/chain.ts';
import { enrolSink } from '../../../src/store/operations/sinks.ts';
import { liveGrant, liveSession } from '../../support/live-session.ts';
import { useSlackAndTeams } from '../../support/slack-and-teams.ts';
import { readable } from '../../support/teams/driver.ts';

const both = useSlackAndTeams({
  policy: `
resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    roles: { write: { allow: [select, insert] } }
access:
  - name: databases
    who: { groups: [engineering] }
    to: { kind: postgres }
    roles: [write]
    approval: { from: [{ group: sre, count: 1 }, { group: dba, count: 1 }], within: 30m }
oversight: { groups: [responders] }
alerts: { channel: access, sinkBehind: 1m }
sinks:
  - { name: siem, kind: otlp, url: "http://127.0.0.1:9/v1/logs" }
`,
});

/** The messages of a channel that say all of this, of Slack and of Teams. */
async function saying(channel: string, parts: readonly string[]): Promise<readonly [number, number]> {
  const { workspace, tenant } = both.current;
  const inSlack = (await workspace.messages(channel)).map((message) => JSON.stringify(message));
  const inTeams = tenant
    .messages(channel)
    .map((message) => readable(message) + JSON.stringify(message.activity));
  const count = (texts: readonly string[]): number =>
    texts.filter((text) => parts.every((part) => text.includes(part))).length;
  return [count(inSlack), count(inTeams)];
}

test('each alert is one message in the channel that is named for them, with who, where and why', async () => {
  const { context, clock, settle } = both.current;
  const { store } = context;
  await enrolSink(store.read(), { name: 'siem', kind: 'otlp', from: 'head', now: clock.now() });
  await watchLog(context, { replica: 'one' });
  const { grantId } = await liveGrant(both.current);
  const sessionId = await liveSession(both.current, grantId);
  const at = clock.now();
  await store.transaction(async (db) => {
    const rules = ['no-unbounded-writes'];
    await noteDenials(db, { sessions: [{ id: sessionId, denied: 3, rules }], at });
    const stopped = { at, actorId: null, subject: sessionId, data: { rule: 'bulk-egress', rows: '10001' } };
    await recordEvent(db, { ...stopped, type: 'session.stopped' });
    await recordEvent(db, { at, type: 'break-glass.taken', actorId: null, subject: grantId });
    await recordEvent(db, { at, type: 'request.created', actorId: null, subject: 'r-forged' });
  });
  await chainEvents(store);
  await store.transaction(async (db) => {
    await db.execute('set local session_replication_role = replica');
    await db.execute(`update event set data = '{"forged":true}' where subject = 'r-forged'`);
  });
  await watchLog(context, { replica: 'one' });
  clock.stepMs(62_000);
  await watchSinks(context);
  await settle();

  const TOLD: Readonly<Record<string, readonly string[]>> = {
    'Commands were denied': ['3 times', 'Alice', 'orders-db', 'write', 'no-unbounded-writes', sessionId],
    'A session was stopped by a rule': ['Alice', 'orders-db', 'bulk-egress', '10001', sessionId],
    'Access was taken in an emergency': ['Alice', 'orders-db', 'write'],
    'A record does not verify': ['audit log', 'is not what its hash says'],
    'The audit log does not reach a sink': ['siem', 'events'],
  };
  for (const [title, facts] of Object.entries(TOLD)) {
    expect(await saying('access', [title, ...facts]), title).toEqual([1, 1]);
    expect(await saying('access-audit', [title]), title).toEqual([0, 0]);
  }
  expect(await saying('access', [`/sessions/${sessionId}`, 'no-unbounded-writes'])).toEqual([1, 1]);
});

test('a sink that has caught up is said so in the message that told of it', async () => {
  const { context, settle, clock } = both.current;
  await context.store
    .read()
    .execute(`update sink set cursor = (select max(sequence) from event) where name = 'siem'`);
  await watchSinks(context);
  clock.stepMs(20_000);
  await settle();
  expect(await saying('access', ['siem', 'Over since'])).toEqual([1, 1]);
});
