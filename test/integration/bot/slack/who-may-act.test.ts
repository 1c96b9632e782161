/** Who may act on Slack, by every way there is to act: all others are told why, and nothing is done. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { listRequests, readRequest } from '../../../../src/access/read-access.ts';
import { TEST_POLICY } from '../../../support/access.ts';
import { signedRequest } from '../../../support/slack/driver.ts';
import { buttonsIn, textsOf } from '../../../support/slack/elements.ts';
import { type LinkedUser, useSlackServer } from '../../../support/slack/server.ts';
import { TEAM } from '../../../support/slack/workspace.ts';

/** The machine may be busy. */
const POLLED = { timeout: 8_000 };

const slack = useSlackServer({ policy: TEST_POLICY });

/** By what Slack says of them. All are linked to somebody who could vote: standing is lost later than a link. */
const REFUSED = [
  ['guest', 'Guests'],
  ['visitor', 'Guests'],
  ['robot', 'Bots'],
  ['leaver', 'deactivated'],
  ['foreigner', 'another workspace'],
] as const;

let alice: LinkedUser;
let bob: LinkedUser;

beforeAll(async () => {
  alice = await slack.current.user('alice', ['engineering']);
  bob = await slack.current.user('bob', ['sre']);
});

async function ask(): Promise<string> {
  const said = await alice.command('general', `request orders-db for 1h because ${randomUUID()}`);
  await slack.current.settle();
  return /\br-[a-z2-7]{8}\b/.exec(said)?.[0] ?? '';
}

async function votesOn(id: string): Promise<number> {
  return (await readRequest(slack.current.context, { id })).votes.length;
}

/** Sends it as Slack does. */
async function send(body: Record<string, unknown>): Promise<void> {
  const { eventsUrl, clock } = slack.current;
  const signed = signedRequest({ kind: 'interactive', body }, clock.now());
  expect((await fetch(eventsUrl, { method: 'POST', ...signed })).status).toBe(200);
}

/** The same, and waits for an answer. */
async function deliver(user: { name: string }, body: Record<string, unknown>): Promise<string> {
  const { workspace } = slack.current;
  const told = workspace.told(user.name).length;
  await send(body);
  await expect.poll(() => workspace.told(user.name).length, { timeout: 5_000 }).toBe(told + 1);
  return textsOf(workspace.told(user.name).at(-1));
}

async function click(user: { id: string; name: string }, button: { id: string; action: string }) {
  const { workspace } = slack.current;
  return {
    type: 'block_actions',
    user: { id: user.id, username: user.name, team_id: TEAM },
    team: { id: TEAM, domain: 'acme' },
    channel: { id: await workspace.channelId('general'), name: 'general' },
    trigger_id: randomUUID(),
    response_url: workspace.proxy.openResponseUrl((message) => workspace.tell(user.name, message)),
    actions: [{ type: 'button', action_id: button.action, value: button.id }],
  };
}

describe.each(REFUSED)('a %s', (name, why) => {
  test('asks for nothing', async () => {
    const user = await slack.current.user(name, ['engineering', 'sre', 'dba']);
    expect(await user.command('general', 'request orders-db for 1h because no')).toContain(why);
    expect(await user.command('general', 'mine')).toContain(why);
    expect(await user.command('general', 'link')).toContain(why);
    expect(await user.shortcut('request-access')).toContain(why);
    expect(await listRequests(slack.current.context, { requesterId: user.person.id, limit: 10 })).toEqual([]);
  });

  test('decides nothing', async () => {
    const user = await slack.current.user(name, ['sre', 'dba']);
    const id = await ask();
    const card = await slack.current.card('general', id);
    expect(await user.pressAndRead(card, 'approve')).toContain(why);
    expect(await user.pressAndRead(card, 'deny')).toContain(why);
    expect(await user.command('general', `deny ${id} because no`)).toContain(why);
    expect(await votesOn(id)).toBe(0);
    await slack.current.settle();
    expect((await slack.current.card('general', id)).message.text).toContain(
      'still needs 1 of sre and 1 of dba',
    );
  });

  test('sees no more than why', async () => {
    const user = await slack.current.user(name, ['sre', 'dba']);
    await ask();
    const home = await user.openHome();
    expect(home).toContain(why);
    expect(home).not.toContain('Needs your decision');
  });
});

describe('a call that names a foreign workspace', () => {
  test.each([
    ['as where it happened', { team: { id: 'T0FOREIGN00', domain: 'evil' } }],
    ['as its sender’s', { user: { team_id: 'T0FOREIGN00' } }],
  ])('%s counts for nothing, though the account is one of ours', async (_what, changed) => {
    const id = await ask();
    const body = await click(bob, { id, action: 'approve' });
    const forged = {
      ...body,
      ...changed,
      user: { ...body.user, ...('user' in changed ? changed.user : {}) },
    };
    expect(await deliver(bob, forged)).toContain('another workspace');
    expect(await votesOn(id)).toBe(0);
    await send(await click(bob, { id, action: 'approve' }));
    await expect.poll(() => votesOn(id), POLLED).toBe(1);
  });
});

describe('an account that is linked to nobody', () => {
  test('is told how to link it, whatever it does, and does nothing', async () => {
    const carol = slack.current.stranger('carol');
    const id = await ask();
    const card = await slack.current.card('general', id);
    for (const said of [
      await carol.command('general', 'request orders-db for 1h because no'),
      await carol.pressAndRead(card, 'approve'),
      await carol.openHome(),
    ]) {
      expect(said).toContain('is linked to nobody');
    }
    expect(await votesOn(id)).toBe(0);
    expect(await listRequests(slack.current.context, { limit: 100 })).not.toContainEqual(
      expect.objectContaining({ reason: 'no' }),
    );
  });

  test('is found by the account and never by a name or an address: both are somebody else’s here', async () => {
    const carol = slack.current.stranger('carol');
    const id = await ask();
    const body = await click(carol, { id, action: 'approve' });
    const disguised = {
      ...body,
      user: {
        ...body.user,
        username: 'bob',
        name: 'bob',
        email: 'bob@example.com',
        profile: { email: 'bob@example.com' },
      },
    };
    expect(await deliver(carol, disguised)).toContain('is linked to nobody');
    expect(await votesOn(id)).toBe(0);
  });
});

describe('a search in the form', () => {
  test('finds nothing for somebody who may not act', async () => {
    const guest = slack.current.stranger('robot');
    const { workspace, eventsUrl, clock } = slack.current;
    const body = {
      type: 'block_suggestion',
      user: { id: guest.id, team_id: TEAM },
      team: { id: TEAM, domain: 'acme' },
      container: { type: 'view', view_id: 'V1' },
      action_id: 'value',
      block_id: 'resource',
      value: '',
      view: {
        id: 'V1',
        type: 'modal',
        callback_id: 'request',
        private_metadata: JSON.stringify({ subject: 'new', channel: await workspace.channelId('general') }),
        state: { values: {} },
      },
    };
    const search = async (user: string) => {
      const sent = signedRequest({ kind: 'interactive', body: { ...body, user: { id: user } } }, clock.now());
      return (await fetch(eventsUrl, { method: 'POST', ...sent })).json();
    };
    slack.current.clock.stepMs(1_000);
    expect(await search(guest.id)).toEqual({ options: [] });
    expect(JSON.stringify(await search(alice.id))).toContain('orders-db');
  });
});

describe('while Slack does not say whose an account is', () => {
  test('nothing counts, and the person is told so', async () => {
    const id = await ask();
    slack.current.clock.stepMs(60_000);
    slack.current.workspace.setFaults(({ method }) =>
      method === 'users.info' ? { kind: 'status', status: 500 } : null,
    );
    const card = await slack.current.card('general', id);
    expect(buttonsIn(card.message.blocks).map(({ actionId }) => actionId)).toContain('approve');
    const said = await bob.pressAndRead(card, 'approve');
    expect(said).toContain('Nothing was changed');
    expect(await votesOn(id)).toBe(0);
  });
});

describe('a submitted form', () => {
  test('of somebody who has become a guest since it was opened counts for nothing', async () => {
    const dana = await slack.current.user('dana', ['dba']);
    const id = await ask();
    const card = await slack.current.card('general', id);
    await dana.pressAndRead(card, 'deny');
    slack.current.workspace.proxy.answer('users.info', ({ user }) => ({
      ok: true,
      user: {
        ...{ id: user, team_id: TEAM, name: 'dana', deleted: false, is_bot: false },
        ...{ is_restricted: user === dana.id, is_ultra_restricted: false },
      },
    }));
    slack.current.clock.stepMs(60_000);
    expect(await dana.submit({ Because: 'not today' })).toContain('Guests');
    expect(await votesOn(id)).toBe(0);
    slack.current.workspace.proxy.answer('users.info', ({ user }) => ({
      ok: true,
      user: {
        ...{ id: user, team_id: TEAM, name: 'dana', deleted: false, is_bot: false },
        ...{ is_restricted: false, is_ultra_restricted: false },
      },
    }));
    slack.current.clock.stepMs(60_000);
    // What was typed is still there, and now it counts.
    await dana.submit({ Because: 'not today' });
    expect(await votesOn(id)).toBe(1);
  });
});
