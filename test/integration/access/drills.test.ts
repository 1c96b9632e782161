/** Who may begin a drill, who may end it, and who is told. */
import { expect, test } from 'vitest';
import { listAlerts } from '../../../src/access/alerts/list-alerts.ts';
import { beginDrill, endDrill } from '../../../src/access/drill/drills.ts';
import { TEST_POLICY, useTestAccess } from '../../support/access.ts';
import { castOf, query } from './emergencies.ts';

const access = useTestAccess({ policy: `${TEST_POLICY}\nalerts: {}\n` });
const DRILL = { resource: 'orders-db', workload: 'migrator', announced: true };
const PASSED = { outcome: 'passed', passed: 9, failed: 0, unknown: 0 } as const;

async function eventsOf(subject: string): Promise<{ type: string; data: object }[]> {
  return query(access.current, `select type, data from event where subject = '${subject}' order by id`);
}

test('only who oversees may begin one, and whoever tried is known', async () => {
  const { context } = access.current;
  const { alice, carol } = await castOf(access.current);
  await expect(beginDrill(context, { by: alice, ...DRILL })).rejects.toMatchObject({ code: 'forbidden' });
  expect(await eventsOf('orders-db')).toMatchObject([{ type: 'drill.refused' }]);
  await expect(beginDrill(context, { by: carol, ...DRILL, resource: 'nothing' })).rejects.toMatchObject({
    code: 'not_found',
  });
  const since = context.clock.now();
  await expect(listAlerts(context, { viewer: alice, since, limit: 10 })).rejects.toMatchObject({
    code: 'forbidden',
  });
});

test('it ends once, by who began it, and chat is told from its beginning to its end', async () => {
  const { context } = access.current;
  const { carol } = await castOf(access.current);
  const other = await access.current.person('olga', ['responders']);
  const since = context.clock.now();
  const { id, alertsOn } = await beginDrill(context, { by: carol, ...DRILL });
  expect(alertsOn).toContain('stopped-session');
  const told = async () =>
    (await listAlerts(context, { viewer: carol, since, limit: 10 })).filter(({ kind }) => kind === 'drill');
  expect(await told()).toMatchObject([{ facts: { who: 'migrator', state: 'holds' }, told: [] }]);
  await expect(endDrill(context, { by: other, id, ...PASSED })).rejects.toMatchObject({ code: 'not_found' });
  for (const _time of [1, 2]) await endDrill(context, { by: carol, id, ...PASSED });
  expect(await eventsOf(id)).toMatchObject([
    { type: 'drill.began', data: DRILL },
    { type: 'drill.ended', data: PASSED },
  ]);
  expect(await told()).toMatchObject([{ facts: { state: 'over' } }]);
});

test('one that is not announced is in the log, and nowhere else', async () => {
  const { context } = access.current;
  const { carol } = await castOf(access.current);
  const since = context.clock.now();
  const alerts = () => listAlerts(context, { viewer: carol, since, limit: 10 });
  const before = await alerts();
  const { id } = await beginDrill(context, { by: carol, ...DRILL, announced: false });
  await endDrill(context, { by: carol, id, ...PASSED });
  expect((await eventsOf(id)).map(({ type }) => type)).toEqual(['drill.began', 'drill.ended']);
  expect(await alerts()).toEqual(before);
});
