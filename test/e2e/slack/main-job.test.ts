/** The whole job from a phone: ask, decide, connect, be done, read what was done. */
import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { authorizeConnection } from '../../../src/access/authorize-connection.ts';
import { readHold } from '../../../src/access/read-holds.ts';
import { endSession } from '../../../src/access/run-session.ts';
import { hold } from '../../support/live-session.ts';
import { idIn, mainJobPolicy } from '../../support/main-job-policy.ts';
import { pressable } from '../../support/slack/driver.ts';
import { buttonsIn, textsOf } from '../../support/slack/elements.ts';
import { type LinkedUser, useSlackServer } from '../../support/slack/server.ts';

const slack = useSlackServer({ policy: mainJobPolicy() });
let alice: LinkedUser;
let bob: LinkedUser;
let dana: LinkedUser;
let carol: LinkedUser;

beforeAll(async () => {
  alice = await slack.current.user('alice', ['engineering']);
  bob = await slack.current.user('bob', ['sre']);
  dana = await slack.current.user('dana', ['dba', 'engineering']);
  carol = await slack.current.user('carol', ['responders']);
});

async function cardText(channel: string, id: string): Promise<string> {
  await slack.current.settle();
  return textsOf((await slack.current.card(channel, id)).message);
}

/** The card once it says so: what a click brings about shows there. */
async function shows(id: string, text: string | RegExp, channel = 'inc-42'): Promise<void> {
  const expectation = expect.poll(() => cardText(channel, id), { timeout: 8_000 });
  await (typeof text === 'string' ? expectation.toContain(text) : expectation.toMatch(text));
}

async function ask(by: LinkedUser, text: string, channel = 'inc-42'): Promise<string> {
  const id = idIn(await by.command(channel, text));
  await slack.current.settle();
  return id;
}

async function press(by: LinkedUser, id: string, action: string, channel = 'inc-42'): Promise<void> {
  await by.press(await slack.current.card(channel, id), action);
}

/** The newest message in somebody's conversation with the app that has this button. */
async function directWith(by: LinkedUser, action: string) {
  const messages = await slack.current.workspace.direct(by.name);
  const found = messages.findLast(({ blocks }) =>
    buttonsIn(blocks).some(({ actionId }) => actionId === action),
  );
  if (found === undefined) throw new Error(`nothing with ${action} for ${by.name}`);
  return pressable('D0', found);
}

async function approved(text = 'request orders-db for 1h because payouts hang'): Promise<string> {
  const id = await ask(alice, text);
  await press(bob, id, 'approve');
  await shows(id, 'still needs 1 of dba');
  await press(dana, id, 'approve');
  await shows(id, 'Approved by');
  return id;
}

async function grantOf(): Promise<string> {
  const message = await directWith(alice, 'reveal');
  return buttonsIn(message.message['blocks']).find(({ actionId }) => actionId === 'reveal')?.value ?? '';
}

async function session(grantId: string): Promise<string> {
  const { context } = slack.current;
  const client = { clientAddress: '10.0.0.1', application: 'psql', replica: 'test' };
  const answer = await authorizeConnection(context, { handle: grantId, kind: 'postgres', ...client });
  if (!answer.authorized) throw new Error(answer.reason);
  return answer.sessionId;
}

describe('from a command to the summary', () => {
  test('runs as the design says', async () => {
    const id = await ask(alice, 'request orders-db as write for 1h because payouts hang ticket OPS-12');
    await shows(id, '*Pending:* still needs 1 of sre and 1 of dba.');

    const own = await alice.pressAndRead(await slack.current.card('inc-42', id), 'approve');
    expect(own).toContain('You cannot decide about your own request.');
    const outsider = await carol.pressAndRead(await slack.current.card('inc-42', id), 'approve');
    expect(outsider).toContain('is for members of sre or dba');

    const stale = await slack.current.card('inc-42', id);
    await press(bob, id, 'approve');
    await shows(id, 'still needs 1 of dba');
    expect(await bob.pressAndRead(stale, 'approve')).toContain('voted');

    expect(await dana.pressAndRead(stale, 'approve-for-less')).toContain(
      'asks for write on orders-db for 1h',
    );
    await dana.submit({ 'For how long': '30m', Note: 'refunds only' });
    await shows(id, /Approved by.* Bob and Dana/);
    expect(await cardText('inc-42', id)).toContain('30m (asked for 1h)');
    expect(await bob.pressAndRead(stale, 'deny')).toContain('is not open any more');

    const grantId = await grantOf();
    const revealed = await alice.pressAndRead(await directWith(alice, 'reveal'), 'reveal');
    const password = /:([^:@\s/]+)@/.exec(revealed)?.[1] ?? '';
    expect(password.length).toBeGreaterThan(16);
    const posted = JSON.stringify(slack.current.workspace.calls('chat.postMessage'));
    expect(posted).not.toContain(password);

    const sessionId = await session(grantId);
    await shows(sessionId, 'Live session');
    const request = await slack.current.card('inc-42', id);
    const live = await slack.current.card('inc-42', sessionId);
    expect(live.message.thread_ts).toBe(request.message.ts);
    await endSession(slack.current.context, {
      sessionId,
      reason: 'client-closed',
      counts: { commands: 4, denied: 1, held: 0, rows: 12, bytes: 900, maskedCells: 24 },
      recordingHead: randomBytes(32).toString('hex'),
      riskiest: [
        { at: new Date(), text: 'DELETE FROM customers', operation: 'delete', action: 'deny', rule: 'role' },
      ],
    });
    await shows(sessionId, 'DELETE FROM customers');
    const summary = await slack.current.card('inc-42', sessionId);
    expect(summary.message.ts).toBe(live.message.ts);
    const replay = buttonsIn(summary.message.blocks).find(({ label }) => label === 'Replay');
    expect(replay?.url).toContain(sessionId);

    await alice.pressAndRead(summary, 'transcript');
    await slack.current.settle();
    const thread = (await slack.current.workspace.messages('inc-42')).filter(({ files }) => files.length > 0);
    expect(thread.map(({ thread_ts: ts }) => ts)).toEqual([request.message.ts]);

    await alice.press(await directWith(alice, 'done'), 'done', grantId);
    await shows(id, 'Access was given back');
  });

  test('a denial gives its reason, and is not undone', async () => {
    const id = await ask(alice, 'request orders-db for 1h because I am curious');
    await bob.pressAndRead(await slack.current.card('inc-42', id), 'deny');
    await bob.submit({ Because: 'Curiosity is no reason' });
    await shows(id, 'Denied by');
    expect(await cardText('inc-42', id)).toContain('Curiosity is no reason');
    expect(await dana.command('inc-42', `approve ${id}`)).toMatch(/denied/i);
  });
});

describe('asking in other ways', () => {
  test('by the modal of a command that says too little', async () => {
    const modal = await alice.command('inc-42', 'request');
    expect(modal).toContain('Ask for access');
    expect(await alice.search('Resource', 'db')).toEqual(['orders-db (postgres)']);
    const said = await alice.submit({
      Resource: 'orders-db',
      'For how long': '1h',
      Because: 'refunds are stuck',
    });
    const id = idIn(said);
    await shows(id, 'refunds are stuck');
  });

  test('for somebody else, about an incident that is open elsewhere', async () => {
    const opened = await alice.command('general', 'incident open refunds are late');
    const incident = /#([a-z0-9-]+)/.exec(opened)?.[1] ?? '';
    await slack.current.settle();
    await alice.command('general', 'request orders-db for 1h');
    const chosen = { Because: 'refunds are late', Incident: incident };
    const unknown = await alice.submit({ ...chosen, 'For somebody else': 'guest' });
    expect(unknown).toContain('have not linked their Slack account');
    const said = await alice.submit({ ...chosen, 'For somebody else': 'dana' });
    expect(said).toContain(`the card is in #${incident}`);
    await slack.current.settle();
    const card = await cardText(incident, idIn(said));
    expect(card).toContain('Dana');
    expect(card).toContain(`#${incident}`);
  });

  test('by the global shortcut, and by the one on a message', async () => {
    expect(await bob.shortcut('request-access')).toContain('No access policy lets you ask');
    const general = await slack.current.workspace.channelId('general');
    const message = { ts: '1.1', text: 'The payouts of <@U1> hang again' };
    const modal = await alice.shortcut('request-access-from-message', { channel: general, message });
    expect(modal).toContain('Ask for access');
    const said = await alice.submit({ Resource: 'orders-db', 'For how long': '1h' });
    await shows(idIn(said), 'hang again', 'general');
  });
});

describe('access that is held', () => {
  test('is extended by those who would have approved it, and revoked by whoever watches', async () => {
    await approved();
    const grantId = await grantOf();
    const form = await alice.pressAndRead(await directWith(alice, 'extend'), 'extend', grantId);
    expect(form).toContain('How much longer');
    const id = idIn(await alice.submit({ 'How much longer': '30m', Because: 'the queue is long' }));
    await slack.current.settle();
    await press(bob, id, 'approve');
    await shows(id, 'still needs 1 of dba');
    await press(dana, id, 'approve');
    await shows(id, 'Approved by');

    expect(await carol.command('inc-42', `revoke ${grantId}`)).toMatch(/revoke|Because/i);
    await carol.submit({ Because: 'The incident is over' });
    await slack.current.settle();
    expect(await alice.command('inc-42', 'mine')).not.toContain(grantId);
  });

  test('is taken at once in an emergency, and everybody hears of it', async () => {
    const said = await alice.command('general', 'breakglass orders-db because "checkout is down"');
    const id = idIn(said);
    for (const channel of ['general', 'access', 'access-audit']) {
      await shows(id, 'Break-glass: Alice took write on orders-db', channel);
    }
    await slack.current.settle();
  });

  test('runs a held command only as it was shown', async () => {
    await approved();
    const sessionId = await session(await grantOf());
    await slack.current.settle();
    const held = await hold(slack.current, sessionId);
    await shows(held.id, 'drop table old_orders');
    expect(await bob.pressAndRead(await slack.current.card('inc-42', held.id), 'approve-once')).toContain(
      'is for members of dba',
    );
    await press(dana, held.id, 'approve-once');
    await expect
      .poll(async () => (await readHold(slack.current.context, { id: held.id, viewer: dana.person })).state, {
        timeout: 8_000,
      })
      .toBe('approved');
    await shows(held.id, 'Approved');

    const long = await hold(slack.current, sessionId, { text: `drop table ${'x'.repeat(6_000)}` });
    await slack.current.settle();
    const card = await slack.current.card('inc-42', long.id);
    expect(buttonsIn(card.message.blocks).map(({ actionId }) => actionId)).not.toContain('approve-once');
    expect(await dana.pressAndRead(card, 'open-in-full')).toContain('x'.repeat(100));
    await dana.pressInModal('approve-once');
    await expect
      .poll(async () => (await readHold(slack.current.context, { id: long.id, viewer: dana.person })).state, {
        timeout: 8_000,
      })
      .toBe('approved');
  });
});

describe('an incident', () => {
  test('has a channel of its own, whose requests carry it, and its timeline in the end', async () => {
    const { workspace } = slack.current;
    const said = await alice.command('general', 'incident open payouts hang');
    const name = /#([a-z0-9-]+)/.exec(said)?.[1] ?? '';
    await slack.current.settle();
    const id = await ask(alice, 'request orders-db for 1h because payouts hang', name);
    await shows(id, `#${name}`, name);
    await press(bob, id, 'approve', name);
    await shows(id, 'still needs 1 of dba', name);

    await alice.command(name, 'timeline');
    await slack.current.settle();
    const [timeline] = (await workspace.messages(name)).flatMap(({ files }) => files);
    expect(timeline?.['name']).toMatch(/\.md$/);

    await alice.command(name, 'incident close');
    await slack.current.settle();
    const posted = workspace.calls('conversations.archive').map(({ args }) => args['channel']);
    expect(posted).toEqual([await workspace.channelId(name)]);
  });
});

describe('App Home', () => {
  test('shows what waits, what is held and what was asked, and decides there', async () => {
    const id = await ask(alice, 'request orders-db for 1h because of the home tab');
    expect(await bob.openHome()).toContain('of the home tab');
    await bob.pressAtHome('approve', id);
    await shows(id, 'still needs 1 of dba');
    await expect
      .poll(() => textsOf(slack.current.workspace.home('bob')?.view))
      .not.toContain('of the home tab');
    const home = await alice.openHome();
    expect(home).toContain('Your access');
    expect(home).toContain(id);
  });
});

describe('whoever may not act', () => {
  test.each([
    ['guest', /guest/i],
    ['foreigner', /another workspace/i],
  ])('a %s is told so, and nothing counts', async (name, why) => {
    const id = await ask(alice, `request orders-db for 1h because a ${name} looks on`);
    const stranger = slack.current.stranger(name);
    expect(await stranger.pressAndRead(await slack.current.card('inc-42', id), 'approve')).toMatch(why);
    expect(await stranger.command('inc-42', `deny ${id} because no`)).toMatch(why);
    await shows(id, 'still needs 1 of sre and 1 of dba');
  });
});
