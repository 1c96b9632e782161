/** The whole job in Teams: ask, decide, connect, be done, read what was done. */
import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { authorizeConnection } from '../../../src/access/authorize-connection.ts';
import { readHold } from '../../../src/access/read-holds.ts';
import { endSession } from '../../../src/access/run-session.ts';
import { hold } from '../../support/live-session.ts';
import { idIn, mainJobPolicy } from '../../support/main-job-policy.ts';
import { buttonsOf, textsOfCard } from '../../support/teams/card-elements.ts';
import { readable, type Shown } from '../../support/teams/driver.ts';
import { type LinkedUser, useTeamsServer } from '../../support/teams/server.ts';
import { cardsOf } from '../../support/teams/tenant.ts';

/** More than a list shows: the rest is searched for. */
const SPARE = Array.from(
  { length: 120 },
  (_, index) => `  - name: spare-${index}
    kind: postgres
    address: 127.0.0.1:5432
    database: spare
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    labels: { env: prod }
    roles: { read: { allow: [select] } }
`,
).join('');

const teams = useTeamsServer({ policy: mainJobPolicy(SPARE) });
const HERE = { channel: 'inc-42' };
let alice: LinkedUser;
let bob: LinkedUser;
let dana: LinkedUser;
let carol: LinkedUser;

beforeAll(async () => {
  alice = await teams.current.user('alice', ['engineering']);
  bob = await teams.current.user('bob', ['sre']);
  dana = await teams.current.user('dana', ['dba']);
  carol = await teams.current.user('carol', ['responders']);
});

async function cardNow(id: string, channel = 'inc-42'): Promise<Shown> {
  await teams.current.settle();
  return teams.current.card(channel, id);
}

async function shows(id: string, text: string | RegExp, channel = 'inc-42'): Promise<void> {
  const said = readable((await cardNow(id, channel)).message);
  if (typeof text === 'string') expect(said).toContain(text);
  else expect(said).toMatch(text);
}

async function ask(by: LinkedUser, text: string): Promise<string> {
  const id = idIn(await by.says(HERE, text));
  await teams.current.settle();
  return id;
}

async function press(by: LinkedUser, id: string, action: string): Promise<string> {
  return by.press(await cardNow(id), action);
}

async function approved(text = 'request orders-db for 1h because payouts hang'): Promise<string> {
  const id = await ask(alice, text);
  await press(bob, id, 'approve');
  await press(dana, id, 'approve');
  await shows(id, 'Approved by');
  return id;
}

function actionsOf(card: unknown): readonly string[] {
  return buttonsOf(card).flatMap(({ data }) => (typeof data['action'] === 'string' ? [data['action']] : []));
}

function grantOf(name = 'alice'): string {
  const { message } = teams.current.directWith(name, 'reveal');
  const reveal = cardsOf(message)
    .flatMap(buttonsOf)
    .find(({ data }) => data['action'] === 'reveal');
  return String(reveal?.data['subject']);
}

async function session(grantId: string): Promise<string> {
  const { context } = teams.current;
  const client = { clientAddress: '10.0.0.1', application: 'psql', replica: 'test' };
  const answer = await authorizeConnection(context, { handle: grantId, kind: 'postgres', ...client });
  if (!answer.authorized) throw new Error(answer.reason);
  return answer.sessionId;
}

describe('from a command to the summary', () => {
  test('runs as the design says', async () => {
    const said = await alice.says(
      HERE,
      'request orders-db as write for 1h because payouts hang ticket OPS-12',
    );
    const id = idIn(said);
    await teams.current.settle();
    await shows(id, 'still needs 1 of sre and 1 of dba');
    // The answer is for her alone: the channel has one line that says so, and the card.
    const [line] = teams.current.tenant.messages('inc-42');
    expect(readable(line)).toContain('answered you');
    expect(line?.thread).not.toBeNull();

    // The shared card has no deciding buttons; each has their own view of it.
    const card = await cardNow(id);
    expect(actionsOf(cardsOf(card.message)[0])).toEqual(['view']);
    expect(actionsOf(await bob.view(card))).toEqual(expect.arrayContaining(['approve', 'deny']));
    expect(actionsOf(await alice.view(card))).not.toContain('approve');
    const outsider = await carol.press(card, 'view');
    expect(outsider).toContain('members of sre or dba');

    expect(await press(bob, id, 'approve')).toContain('still needs 1 of dba');
    await shows(id, 'still needs 1 of dba');
    expect(actionsOf(await bob.view(await cardNow(id)))).not.toContain('approve');

    // For less, in a dialog.
    expect(await press(dana, id, 'approve-for-less')).toContain('asks for write on orders-db for 1h');
    await dana.submit({ 'For how long': '30m', Note: 'refunds only' });
    await shows(id, /Approved by.* Bob and Dana/);
    await shows(id, '30m (asked for 1h)');

    const grantId = grantOf();
    const revealed = await alice.press(teams.current.directWith('alice', 'reveal'), 'reveal');
    const password = /:([^:@\s/]+)@/.exec(revealed)?.[1] ?? '';
    expect(password.length).toBeGreaterThan(16);
    const { tenant } = teams.current;
    expect(
      JSON.stringify([...tenant.connector.conversations.values()].map((one) => one.messages)),
    ).not.toContain(password);

    const sessionId = await session(grantId);
    await shows(sessionId, 'Live session');
    const live = await cardNow(sessionId);
    expect(live.message.thread).toBe(card.message.id);
    await endSession(teams.current.context, {
      sessionId,
      reason: 'client-closed',
      counts: { commands: 4, denied: 1, held: 0, rows: 12, bytes: 900, maskedCells: 24 },
      recordingHead: randomBytes(32).toString('hex'),
      riskiest: [
        { at: new Date(), text: 'DELETE FROM customers', operation: 'delete', action: 'deny', rule: 'role' },
      ],
    });
    await shows(sessionId, 'DELETE FROM customers');
    const summary = await cardNow(sessionId);
    expect(summary.message.id).toBe(live.message.id);
    expect(summary.message.edits).toBeGreaterThan(0);
    const replay = cardsOf(summary.message)
      .flatMap(buttonsOf)
      .find(({ title }) => title === 'Replay');
    expect(replay?.url).toContain(sessionId);

    await alice.press(teams.current.directWith('alice', 'done'), 'done', { subject: grantId });
    await shows(id, 'Access was given back');
  });

  test('a denial gives its reason on the card itself, and is not undone', async () => {
    const id = await ask(alice, 'request orders-db for 1h because I am curious');
    const card = await cardNow(id);
    await bob.press(card, 'deny', { inputs: { Because: 'Curiosity is no reason' } });
    await shows(id, 'Denied by');
    await shows(id, 'Curiosity is no reason');
    expect(await dana.says('personal', `approve ${id}`)).toMatch(/denied/i);
  });
});

describe('asking in other ways', () => {
  test('in the personal chat, whose request goes to where approvers are', async () => {
    const id = idIn(await alice.says('personal', 'request orders-db for 1h because payouts hang'));
    await shows(id, 'payouts hang', 'access');
  });

  test('by the menu of a message that says why', async () => {
    const general = { channel: 'General' };
    const dialog = await alice.messageAction('request-access-from-message', {
      where: general,
      text: 'The payouts hang <b>again</b>',
    });
    expect(dialog).toContain('The payouts hang again');
    expect(await alice.search('Resource', 'orders')).toEqual(['orders-db (postgres)']);
    expect(await alice.search('Resource', 'payroll')).toEqual([]);
    const id = idIn(await alice.submit({ Resource: 'orders-db', 'For how long': '1h' }));
    await shows(id, 'hang again', 'General');
  });
});

describe('access that is held', () => {
  test('is extended by those who would have approved it, and revoked by whoever watches', async () => {
    await approved();
    const grantId = grantOf();
    const form = await alice.press(teams.current.directWith('alice', 'extend'), 'extend', {
      subject: grantId,
    });
    expect(form).toContain('How much longer');
    const id = idIn(await alice.submit({ 'How much longer': '30m', Because: 'the queue is long' }));
    await press(bob, id, 'approve');
    await press(dana, id, 'approve');
    await shows(id, 'Approved by');
    const [shown] = [await carol.says('personal', `revoke ${grantId} because "the incident is over"`)];
    expect(shown).toMatch(/revoked/i);
    expect(await alice.says('personal', 'mine')).not.toContain(grantId);
  });

  test('runs a held command only as it was shown', async () => {
    await approved();
    const sessionId = await session(grantOf());
    await teams.current.settle();
    const held = await hold(teams.current, sessionId);
    await shows(held.id, 'drop table old_orders');
    const card = await cardNow(held.id);
    expect(actionsOf(await bob.view(card))).not.toContain('approve-once');
    await dana.press(card, 'approve-once');
    const stateOf = async (id: string) =>
      (await readHold(teams.current.context, { id, viewer: dana.person })).state;
    expect(await stateOf(held.id)).toBe('approved');
    await shows(held.id, 'Approved');

    const long = await hold(teams.current, sessionId, { text: `drop table ${'x'.repeat(9_000)}` });
    const longCard = await cardNow(long.id);
    const own = await dana.view(longCard);
    expect(actionsOf(own)).not.toContain('approve-once');
    await dana.press(longCard, 'open-in-full');
    expect(dana.dialogText().replaceAll('\n', '')).toContain('x'.repeat(9_000));
    await dana.pressInDialog('approve-once');
    expect(await stateOf(long.id)).toBe('approved');
  });
});

describe('break-glass', () => {
  test('is taken at once, and everybody hears of it', async () => {
    const id = idIn(
      await alice.says({ channel: 'General' }, 'breakglass orders-db because "checkout is down"'),
    );
    for (const channel of ['General', 'access', 'access-audit']) {
      await shows(id, 'Break-glass: Alice took write on orders-db', channel);
    }
  });
});

describe('an incident', () => {
  test('is opened in the channel that it is about, whose requests carry it, and its timeline is linked to', async () => {
    const { tenant } = teams.current;
    const general = { channel: 'General' };
    expect(await alice.says('personal', 'incident open payouts hang')).toContain(
      'in the channel that it is about',
    );
    expect(await alice.says(general, 'incident open payouts hang')).toContain('#General');
    await teams.current.settle();
    const id = idIn(await alice.says(general, 'request orders-db for 1h because the incident needs it'));
    await shows(id, 'Incident: #General', 'General');

    await alice.says(general, 'incident close');
    await teams.current.settle();
    const timeline = tenant
      .messages('General')
      .map(readable)
      .find((said) => said.includes('Timeline of General'));
    expect(timeline).toContain('No file can be posted here');
    expect(teams.current.dead).toEqual([]);
  });
});

describe('whoever may not act', () => {
  test.each([
    ['guest', /guest/i],
    ['anonymous', /signed in|account/i],
  ])('a %s is told so, and nothing counts', async (name, why) => {
    const id = await ask(alice, `request orders-db for 1h because a ${name} looks on`);
    const stranger = teams.current.stranger(name);
    expect(await stranger.press(await cardNow(id), 'view')).toMatch(why);
    await shows(id, 'still needs 1 of sre and 1 of dba');
    expect(textsOfCard(cardsOf((await cardNow(id)).message))).not.toContain('Guest');
  });
});
