/** Whatever somebody does on Slack, they are answered: slowly, or by another way, but never not. */
import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { readRequest } from '../../../../src/access/read-access.ts';
import { TEST_POLICY } from '../../../support/access.ts';
import { signedRequest } from '../../../support/slack/driver.ts';
import { textsOf } from '../../../support/slack/elements.ts';
import { type FaultPlan, once } from '../../../support/slack/faults.ts';
import { type LinkedUser, useSlackServer } from '../../../support/slack/server.ts';
import { BOT_TOKEN, TEAM } from '../../../support/slack/workspace.ts';

/** The machine may be busy. */
const POLLED = { timeout: 8_000 };

/** Slack's three seconds run in real time: much is left of them, as the machine may be busy. */
const PATIENCE = { modalAfterMs: 250, acknowledgeAfterMs: 250 };
/** Later than an answer, and then the acknowledgement of a form, waits. */
const SLOW_MS = 500;

const slack = useSlackServer({ policy: TEST_POLICY, patience: PATIENCE });
const NOWHERE = 'http://127.0.0.1:9/';

let alice: LinkedUser;
let bob: LinkedUser;

beforeAll(async () => {
  alice = await slack.current.user('alice', ['engineering']);
  bob = await slack.current.user('bob', ['sre']);
});

beforeEach(() => {
  // Whatever was known of accounts is asked again.
  slack.current.clock.stepMs(60_000);
});

function slowIdentities(afterMs: number): FaultPlan {
  return ({ method }) => (method === 'users.info' ? { kind: 'slow', afterMs } : null);
}

async function ask(): Promise<string> {
  const said = await alice.command('general', `request orders-db for 1h because ${randomUUID()}`);
  await slack.current.settle();
  return /\br-[a-z2-7]{8}\b/.exec(said)?.[0] ?? '';
}

async function type(text: string, place: { channel: string; responseUrl: string }): Promise<void> {
  const { eventsUrl, clock } = slack.current;
  const body = {
    ...{ command: '/access', text, team_id: TEAM, user_id: alice.id, trigger_id: randomUUID() },
    ...{ channel_id: place.channel, response_url: place.responseUrl },
  };
  const response = await fetch(eventsUrl, {
    method: 'POST',
    ...signedRequest({ kind: 'command', body }, clock.now()),
  });
  expect(response.status).toBe(200);
}

async function asApp(method: string, args: Readonly<Record<string, string>>): Promise<void> {
  const response = await fetch(`${slack.current.workspace.apiUrl}${method}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${BOT_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(args),
  });
  expect(await response.json()).toMatchObject({ ok: true });
}

function lastEphemeral(): unknown {
  return slack.current.workspace.calls('chat.postEphemeral').at(-1)?.args;
}

async function nextTold(act: () => Promise<void>): Promise<string> {
  const { workspace } = slack.current;
  const told = workspace.told('alice').length;
  await act();
  await expect.poll(() => workspace.told('alice').length, { timeout: 8_000 }).toBe(told + 1);
  return textsOf(workspace.told('alice').at(-1));
}

describe('an answer with a card', () => {
  test('offers what it can do for whoever asked, and says why not the rest', async () => {
    const id = await ask();
    const shownTo = async (user: LinkedUser): Promise<string> => {
      await user.command('general', `show ${id}`);
      return JSON.stringify(slack.current.workspace.told(user === alice ? 'alice' : 'bob').at(-1));
    };
    const mine = await shownTo(alice);
    expect(mine).toContain('You cannot decide about your own request.');
    expect(mine).not.toContain('"text":"Approve"');
    const his = await shownTo(bob);
    expect(his).toContain('"text":"Approve"');
    expect(his).not.toContain('You cannot decide');
  });
});

describe('an answer that is slow', () => {
  test('has a modal held open for it, which becomes the form', async () => {
    slack.current.workspace.setFaults(slowIdentities(SLOW_MS));
    const opened = slack.current.workspace.calls('views.open').length;
    expect(await alice.command('general', 'request')).toContain('Ask for access');
    const calls = slack.current.workspace.calls('views.open').slice(opened);
    expect(calls).toHaveLength(1);
    expect(textsOf(calls[0]?.args['view'])).toContain('One moment');
  });

  test('has a modal held open for it, which becomes what is said', async () => {
    slack.current.workspace.setFaults(slowIdentities(SLOW_MS));
    await alice.command('general', 'mine');
    expect(alice.modalText()).toContain('Your access');
  });

  test('to a form comes into the modal, and the vote counts once', async () => {
    const id = await ask();
    const card = await slack.current.card('general', id);
    await bob.pressAndRead(card, 'deny');
    slack.current.clock.stepMs(60_000);
    slack.current.workspace.setFaults(slowIdentities(SLOW_MS));
    expect(await bob.submit({ Because: 'not today' })).toContain(`${id} is denied`);
    const { state, votes } = await readRequest(slack.current.context, { id });
    expect({ state, votes: votes.length }).toEqual({ state: 'denied', votes: 1 });
  });
});

describe('an answer that Slack does not take where it belongs', () => {
  test('is given in the channel', async () => {
    const { workspace } = slack.current;
    const channel = await workspace.channelId('general');
    // Slack shows it only between members.
    await asApp('conversations.join', { channel });
    await asApp('conversations.invite', { channel, users: alice.id });
    const said = await nextTold(() => type('mine', { channel, responseUrl: NOWHERE }));
    expect(said).toContain('Your access');
    expect(lastEphemeral()).toMatchObject({ channel, user: alice.id });
  });

  test('is given in private where we are not in the channel, to them alone', async () => {
    const channel = await slack.current.workspace.channelId('general');
    let refused = 0;
    slack.current.workspace.setFaults(({ method, args }) => {
      if (method !== 'chat.postEphemeral' || args['channel'] !== channel) return null;
      refused += 1;
      return { kind: 'status', status: 500 };
    });
    const said = await nextTold(() => type('mine', { channel, responseUrl: NOWHERE }));
    expect(said).toContain('Your access');
    expect(refused).toBe(1);
    expect(lastEphemeral()).toMatchObject({ channel: expect.stringMatching(/^D/), user: alice.id });
  });

  test('is said in words when no form can be opened any more', async () => {
    slack.current.workspace.setFaults(once('views.open', { kind: 'status', status: 500 }));
    expect(await alice.command('general', 'request')).toContain('opens no form any more');
  });
});

describe('a click', () => {
  test('that counts shows on the card and says nothing; one that comes too late says so', async () => {
    const id = await ask();
    const card = await slack.current.card('general', id);
    const told = slack.current.workspace.told('bob').length;
    await bob.press(card, 'approve');
    await expect
      .poll(async () => (await readRequest(slack.current.context, { id })).votes.length, POLLED)
      .toBe(1);
    expect(await bob.pressAndRead(card, 'approve')).toContain('already');
    expect(slack.current.workspace.told('bob')).toHaveLength(told + 1);
  });

  test('by the requester on the own request says why it counts for nothing', async () => {
    const id = await ask();
    expect(await alice.pressAndRead(await slack.current.card('general', id), 'approve')).toContain(
      'your own',
    );
    expect((await readRequest(slack.current.context, { id })).votes).toEqual([]);
  });

  test('by five people’s worth of fingers at once counts once', async () => {
    const id = await ask();
    const card = await slack.current.card('general', id);
    await Promise.all(Array.from({ length: 5 }, () => bob.press(card, 'approve')));
    await expect
      .poll(async () => (await readRequest(slack.current.context, { id })).votes.length, POLLED)
      .toBe(1);
    await slack.current.settle();
    expect((await readRequest(slack.current.context, { id })).votes).toHaveLength(1);
  });
});

describe('people who are mentioned', () => {
  test('are found by their accounts, whatever they are called', async () => {
    const carol = await slack.current.user('carol', ['responders']);
    const id = await ask();
    const said = await carol.command('general', `revoke <@${alice.id}|bob> because "the laptop is lost"`);
    expect(said).toContain(id);
    expect(await readRequest(slack.current.context, { id })).toMatchObject({ state: 'denied' });
    const dana = slack.current.stranger('dana');
    expect(await carol.command('general', `revoke <@${dana.id}|dana> because "it is lost"`)).toContain(
      '@dana has not linked',
    );
    const guest = slack.current.stranger('guest');
    expect(await carol.command('general', `revoke <@${guest.id}|guest> because "it is lost"`)).toContain(
      '@guest has not linked',
    );
  });
});

describe('a shortcut on a message', () => {
  test('takes what it says as the reason, as it was read', async () => {
    const channel = await slack.current.workspace.channelId('general');
    const message = { ts: '1.1', text: 'Payouts &lt;hang&gt; since <https://example.com/a|noon> <!here>' };
    await alice.shortcut('request-access-from-message', { channel, message });
    const [modal] = slack.current.workspace.modals('alice').slice(-1);
    expect(JSON.stringify(modal?.view)).toContain('Payouts <hang> since https://example.com/a @here');
  });
});
