/** What Slack shows of the stored state: the modal while it is filled in, the Home tab, and cards opened in full. */
import type { types } from '@slack/bolt';
import { describe, expect, test } from 'vitest';
import type { ActInput } from '../../../../src/bot/acts/act.ts';
import { handleAct } from '../../../../src/bot/acts/handle-act.ts';
import type { BotContext } from '../../../../src/bot/bot-context.ts';
import { readHome } from '../../../../src/bot/slack/home.ts';
import { refillView, searchResources } from '../../../../src/bot/slack/modal.ts';
import { openInFull } from '../../../../src/bot/slack/open-in-full.ts';
import { viewOf } from '../../../../src/bot/slack/render/form-view.ts';
import type { Identity } from '../../../../src/core/identity.ts';
import { TEST_POLICY, useTestAccess } from '../../../support/access.ts';
import { hold, liveGrant, liveSession } from '../../../support/live-session.ts';
import { shownText } from '../../../support/slack/shown.ts';
import { problemsOfOptions, problemsOfView } from '../../../support/slack/validate.ts';
import { ask, vote } from '../../access/votes.ts';

const MINUTE_MS = 60_000;
const MANY = Array.from(
  { length: 150 },
  (_, index) => `  - name: shard-${index}
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    labels: { env: ${index < 120 ? 'prod' : 'secret'} }
    roles: { read: { allow: [select] } }
`,
).join('');
const access = useTestAccess({ policy: TEST_POLICY.replace('resources:\n', `resources:\n${MANY}`) });

const PLACE = { channel: 'C012ABCDEF' };
const failed = (facts: object): never => {
  throw new Error(`logged as an error: ${JSON.stringify(facts)}`);
};
const botNow = (): BotContext => ({
  access: access.current.context,
  logger: { warn: failed, error: failed, info: () => undefined } as BotContext['logger'],
});
const input = (by: Identity): ActInput => ({
  by,
  key: `test-${Math.random()}`,
  place: { platform: 'slack', channel: 'C012ABCDEF', channelName: 'general', isPrivate: false },
});

const actorOf = (by: Identity) => ({
  input: input(by),
  sender: { user: 'U0ALICE', teams: ['T0ACME'], enterprise: null },
});
/** Nobody is picked in these modals. */
const partsNow = (): Parameters<typeof refillView>[0] => ({
  bot: botNow(),
  identities: { accountOf: failed, personOf: failed },
});

/** The modal as it is opened, and what Slack sends when something is chosen in it. */
async function modalOf(by: Identity): Promise<types.ModalView> {
  const { form } = await handleAct(botNow(), { kind: 'command', text: 'request' }, input(by));
  if (form === null) throw new Error('there is a form');
  return viewOf(form, PLACE);
}

function filledIn(view: types.ModalView, values: Readonly<Record<string, string>>): unknown {
  const blocks = Object.entries(values).map(([name, value]) => [
    name,
    { value: { type: 'static_select', selected_option: { value } } },
  ]);
  return { ...view, state: { values: Object.fromEntries(blocks) } };
}

async function refilled(by: Identity, values: Readonly<Record<string, string>>): Promise<types.ModalView> {
  const view = await refillView(partsNow(), filledIn(await modalOf(by), values), actorOf(by));
  if (view === null) throw new Error('there is something to change');
  expect(problemsOfView(view)).toEqual([]);
  return view;
}

describe('the modal that asks for access', () => {
  test('says what the policy wants while it is filled in, and offers what it allows', async () => {
    const alice = await access.current.person('alice', ['engineering']);
    expect(shownText((await modalOf(alice)).blocks)).toContain('Choose a resource and a role');
    const view = await refilled(alice, { resource: 'orders-db', role: 'write', duration: '1h' });
    const shown = shownText(view.blocks);
    expect(shown).toContain('orders-db as write: needs 1 of sre and 1 of dba; at most 4h.');
    expect(JSON.stringify(view.blocks)).toContain('"value":"4h"');
    expect(JSON.stringify(view.blocks)).not.toContain('"value":"8h"');
  });

  test('says what is wrong with what was chosen', async () => {
    const alice = await access.current.person('alice', ['engineering']);
    const view = await refilled(alice, { resource: 'orders-db', role: 'write', duration: '2d' });
    expect(shownText(view.blocks)).toMatch(/4h/);
  });

  test('says how long approval usually takes, once it is known', async () => {
    const { context, clock, person } = access.current;
    const [alice, bob, dana] = [
      await person('alice', ['engineering']),
      await person('bob', ['sre']),
      await person('dana', ['dba']),
    ];
    for (const minutes of [2, 4, 20]) {
      const view = await refilled(alice, { resource: 'orders-db', role: 'read', duration: '1h' });
      expect(shownText(view.blocks)).not.toContain('usually');
      const request = await ask(context, alice, { role: 'read' });
      clock.stepMs(minutes * MINUTE_MS - 2_000);
      for (const voter of [bob, dana]) await vote(context, { request, voter });
    }
    const view = await refilled(alice, { resource: 'orders-db', role: 'read', duration: '1h' });
    expect(shownText(view.blocks)).toContain('needs 1 of sre and 1 of dba; usually 4m; at most 4h.');
    const other = await refilled(alice, { resource: 'orders-db', role: 'write', duration: '1h' });
    expect(shownText(other.blocks)).not.toContain('usually');
  });

  test('finds resources by a part of their name, and only those that this person may ask for', async () => {
    const alice = await access.current.person('alice', ['engineering']);
    const view = await modalOf(alice);
    const search = (typed: string, by: Identity = alice) => {
      const options = searchResources(botNow(), { view, typed }, input(by));
      expect(problemsOfOptions(options)).toEqual([]);
      return options.map(({ value }) => value);
    };
    expect(search('')).toHaveLength(100);
    expect(search('ORDERS')).toEqual(['orders-db']);
    expect(search('shard-11')).toEqual([
      'shard-11',
      ...Array.from({ length: 10 }, (_, index) => `shard-11${index}`),
    ]);
    expect(search('shard-13')).toEqual(['shard-13']);
    expect(search('', await access.current.person('erin', ['marketing']))).toEqual([]);
  });

  test('keeps a resource that is not among the first hundred', async () => {
    const alice = await access.current.person('alice', ['engineering']);
    const view = await refilled(alice, { resource: 'shard-119', duration: '1h' });
    expect(JSON.stringify(view.blocks)).toContain(
      '"initial_option":{"text":{"type":"plain_text","text":"shard-119',
    );
  });

  test('changes nothing for a view that is none of ours', async () => {
    const alice = await access.current.person('alice', ['engineering']);
    const view = { ...(await modalOf(alice)), callback_id: 'something' };
    expect(await refillView(partsNow(), view, actorOf(alice))).toBeNull();
    expect(
      await refillView(partsNow(), filledIn({ ...view, callback_id: 'deny' }, {}), actorOf(alice)),
    ).toBeNull();
  });
});

describe('the Home tab', () => {
  test('has what waits for this person, what they hold, and what they asked for', async () => {
    const { alice, bob, grantId } = await liveGrant(access.current);
    const request = await ask(access.current.context, alice, { reason: 'the home tab' });
    const [asHolder, asApprover] = [
      await readHome(botNow(), { by: alice }),
      await readHome(botNow(), { by: bob }),
    ];
    expect(problemsOfView(asHolder)).toEqual([]);
    expect(problemsOfView(asApprover)).toEqual([]);
    expect(shownText(asApprover.blocks)).toContain('the home tab');
    expect(JSON.stringify(asApprover.blocks)).toContain(`"action_id":"approve","text":`);
    const held = shownText(asHolder.blocks);
    expect(held).toContain('Nothing waits for you.');
    expect(held).toMatch(/Time: 1h, from .+ \((?:1h|59m) left\)/);
    for (const action of ['extend', 'done', 'reveal']) {
      expect(JSON.stringify(asHolder.blocks)).toMatch(
        new RegExp(`"action_id":"${action}"[^}]*}[^}]*"value":"${grantId}"`),
      );
    }
    expect(JSON.stringify(asHolder.blocks)).toMatch(
      new RegExp(`"action_id":"cancel"[^}]*}[^}]*"value":"${request.id}"`),
    );
  });

  test('is never too long, however much waits', async () => {
    const { context, person } = access.current;
    const [alice, bob] = [await person('alice', ['engineering']), await person('bob', ['sre'])];
    for (let index = 0; index < 25; index += 1)
      await ask(context, alice, { reason: `one of many, ${index}` });
    for (const by of [alice, bob]) expect(problemsOfView(await readHome(botNow(), { by }))).toEqual([]);
    expect(shownText((await readHome(botNow(), { by: bob })).blocks)).toMatch(
      /And \d+ more: \/access pending/,
    );
  });
});

describe('what does not fit on its card', () => {
  test('is opened in full by whoever may see it, and told from what is not there', async () => {
    const grant = await liveGrant(access.current);
    const sessionId = await liveSession(access.current, grant.grantId);
    const text = `drop table ${'x'.repeat(5_000)}`;
    const held = await hold(access.current, sessionId, { text });
    const subject = `${held.id}.${held.textSha256}`;
    const open = async (by: Identity, of = subject) =>
      openInFull(botNow(), { subject: of, place: PLACE }, input(by));
    const view = await open(grant.dana);
    expect(problemsOfView(view)).toEqual([]);
    expect(
      shownText(view.blocks)
        .match(/x{100,}/g)
        ?.join(''),
    ).toBe('x'.repeat(5_000));
    expect(JSON.stringify(view.blocks)).toContain(`"value":"${subject}"`);
    const stranger = await open(await access.current.person('erin', ['marketing']));
    expect(JSON.stringify(stranger.blocks)).not.toMatch(/xxx|approve/);
    const nothing = await open(grant.dana, 'h-aaaaaaaa.00');
    expect(problemsOfView(nothing)).toEqual([]);
    expect(shownText(nothing.blocks)).toContain('There is no');
  });
});
