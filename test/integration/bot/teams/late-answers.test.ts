/** Answers that are not there while Teams waits: whoever clicked hears of it all the same, and of no secret where it is kept. */
import { beforeAll, expect, test } from 'vitest';
import { readRequest } from '../../../../src/access/read-access.ts';
import { TEST_POLICY } from '../../../support/access.ts';
import { invokeFrom } from '../../../support/teams/activities.ts';
import type { Json } from '../../../support/teams/connector.ts';
import { deliverForged, readable, type Shown } from '../../../support/teams/driver.ts';
import { type LinkedUser, useTeamsServer } from '../../../support/teams/server.ts';

// Nothing is done in no time, so every answer is late.
const teams = useTeamsServer({ policy: TEST_POLICY, answerWithinMs: 0 });
let alice: LinkedUser;
let bob: LinkedUser;
let dana: LinkedUser;

beforeAll(async () => {
  alice = await teams.current.user('alice', ['engineering']);
  bob = await teams.current.user('bob', ['sre']);
  dana = await teams.current.user('dana', ['dba']);
});

const LATE = 'This takes longer than usual';

async function execute({ name }: LinkedUser, on: Shown, data: Json, trigger = 'manual'): Promise<Json> {
  const { messagesUrl, tenant } = teams.current;
  const action = { type: 'Action.Execute', verb: 'verb', data };
  const sent = { name: 'adaptiveCard/action', value: { action, trigger }, on: on.message.id };
  const invoke = invokeFrom({ tenant, member: tenant.member(name), name }, on.where, sent);
  const { authority } = tenant.connector;
  const { body } = await deliverForged(messagesUrl, { authority, serviceUrl: tenant.serviceUrl }, invoke, {});
  return body;
}

/** From their own view, which would be late as well. */
async function approve(voter: LinkedUser, on: Shown, id: string): Promise<string> {
  return String((await execute(voter, on, { action: 'approve', subject: id }))['value']);
}

/** What they have been told once it is there. */
async function told(name: string, text: RegExp): Promise<void> {
  const { tenant } = teams.current;
  await expect.poll(() => tenant.direct(name).map(readable).join('\n'), { timeout: 5_000 }).toMatch(text);
}

test('a vote counts, and its voter hears of it in the personal chat', async () => {
  const said = await alice.says({ channel: 'access' }, 'request orders-db for 1h because payouts hang');
  const id = /\br-[a-z2-7]{8}\b/.exec(said)?.[0] ?? '';
  await teams.current.settle();
  const card = teams.current.card('access', id);
  for (const voter of [bob, dana]) {
    expect(await approve(voter, card, id)).toContain(LATE);
    await told(voter.name, new RegExp(`${id} is approved|approval of ${id} is recorded`));
  }
  expect((await readRequest(teams.current.context, { id })).state).toBe('approved');
  await teams.current.settle();

  const own = teams.current.directWith('alice', 'reveal');
  expect(await alice.press(own, 'reveal')).toContain(LATE);
  await told('alice', /Only for your eyes/);
  expect(JSON.stringify(teams.current.tenant.direct('alice'))).not.toContain('PGPASSWORD');
  expect(teams.current.directWith('alice', 'reveal').message.id).not.toBe(own.message.id);
});

test('a view that somebody asked for comes in the personal chat; one that nobody asked for is left out', async () => {
  const said = await alice.says({ channel: 'access' }, 'request orders-db for 1h because refunds hang');
  const id = /\br-[a-z2-7]{8}\b/.exec(said)?.[0] ?? '';
  await teams.current.settle();
  const card = teams.current.card('access', id);
  const data = { action: 'view', subject: `request:${id}` };
  const before = teams.current.tenant.direct('bob').length;
  expect(await execute(bob, card, data, 'automatic')).toMatchObject({ statusCode: 403 });
  expect(String((await execute(bob, card, data))['value'])).toContain(LATE);
  await told('bob', /refunds hang/);
  expect(teams.current.tenant.direct('bob')).toHaveLength(before + 1);
  expect(teams.current.directWith('bob', 'approve').message.id).toBe(
    teams.current.tenant.direct('bob').at(-1)?.id,
  );
});
