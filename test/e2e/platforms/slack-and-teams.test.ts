/** One request in Slack and in Teams at once, through the real libraries of both. */
import { beforeAll, describe, expect, test } from 'vitest';
import { readRequest } from '../../../src/access/read-access.ts';
import { idIn } from '../../support/main-job-policy.ts';
import { buttonsIn, textsOf } from '../../support/slack/elements.ts';
import { type PersonOnBoth, useSlackAndTeams } from '../../support/slack-and-teams.ts';
import { readable } from '../../support/teams/driver.ts';

const POLICY = `
resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    labels: { env: prod }
    roles: { write: { allow: [select, insert, update, delete, merge] } }
access:
  - name: prod-databases
    who: { groups: [engineering] }
    to: { kind: postgres, labels: { env: prod } }
    roles: [write]
    approval: { from: [{ group: sre, count: 1 }, { group: dba, count: 1 }], within: 30m }
oversight: { groups: [responders] }
`;
const CHANNEL = 'inc-42';

const both = useSlackAndTeams({ policy: POLICY });
let alice: PersonOnBoth;
let bob: PersonOnBoth;
let dana: PersonOnBoth;

beforeAll(async () => {
  alice = await both.current.user('alice', ['engineering']);
  // A seat of either kind would be his, and only one of them is.
  bob = await both.current.user('bob', ['sre', 'dba']);
  dana = await both.current.user('dana', ['dba']);
});

const ASKED = 'request orders-db as write for 1h because payouts hang';

async function askInSlack(): Promise<string> {
  const id = idIn(await alice.inSlack.command(CHANNEL, ASKED));
  await both.current.settle();
  return id;
}

async function askInTeams(): Promise<string> {
  const id = idIn(await alice.inTeams.says({ channel: CHANNEL }, ASKED));
  await both.current.settle();
  return id;
}

/** Resolves with the answer: what is refused is said, what counts shows on the card. */
async function refusedInSlack({ inSlack }: PersonOnBoth, id: string): Promise<string> {
  return inSlack.pressAndRead(await both.current.slackCard(CHANNEL, id), 'approve');
}

async function approveInSlack({ inSlack }: PersonOnBoth, id: string): Promise<void> {
  const before = (await votesOn(id)).length;
  await inSlack.press(await both.current.slackCard(CHANNEL, id), 'approve');
  await expect.poll(async () => (await votesOn(id)).length, { timeout: 8_000 }).toBe(before + 1);
}

const approveInTeams = ({ inTeams }: PersonOnBoth, id: string): Promise<string> =>
  inTeams.press(both.current.teamsCard(CHANNEL, id), 'approve');

async function votesOn(id: string) {
  return (await readRequest(both.current.context, { id })).votes;
}

/** What the one card on either says by now. */
async function shown(id: string): Promise<{ slack: string; teams: string }> {
  await both.current.settle();
  const { message } = await both.current.slackCard(CHANNEL, id);
  return { slack: textsOf(message), teams: readable(both.current.teamsCard(CHANNEL, id).message) };
}

async function bothShow(id: string, text: string): Promise<void> {
  const { slack, teams } = await shown(id);
  expect(slack).toContain(text);
  expect(teams).toContain(text);
}

describe('a request in Slack and in Teams', () => {
  test('is asked for on one, voted on on both, and says so on both', async () => {
    const id = await askInSlack();
    await bothShow(id, 'still needs 1 of sre and 1 of dba');
    await approveInSlack(bob, id);
    await bothShow(id, 'still needs 1 of dba');
    expect(await approveInTeams(dana, id)).toContain(id);
    await bothShow(id, 'Bob and Dana');
    expect((await votesOn(id)).map(({ platform }) => platform)).toEqual(['slack', 'teams']);
    const { message } = await both.current.slackCard(CHANNEL, id);
    expect(buttonsIn(message['blocks']).map(({ actionId }) => actionId)).not.toContain('approve');
  });

  test('counts one person once, though they have an account on either', async () => {
    const id = await askInTeams();
    await bothShow(id, 'still needs 1 of sre and 1 of dba');
    await approveInTeams(bob, id);
    expect(await refusedInSlack(bob, id)).toContain(`You have voted on ${id} already: approve.`);
    expect(await votesOn(id)).toMatchObject([{ person: { id: bob.person.id }, platform: 'teams' }]);
    // In Teams his own view of the card offers it no more.
    await both.current.settle();
    await expect(approveInTeams(bob, id)).rejects.toThrow('no button approve');
  });

  test('is not for its requester, from their account on the other', async () => {
    const id = await askInSlack();
    await expect(approveInTeams(alice, id)).rejects.toThrow('no button approve');
    const denial = await alice.inTeams.says('personal', `deny ${id} because mine`);
    expect(denial).toContain('You cannot decide about your own request');
    expect(await refusedInSlack(alice, id)).toContain('You cannot decide about your own request');
    expect(await votesOn(id)).toEqual([]);
  });

  test('clicked on both at the same moment is one vote', async () => {
    const id = await askInTeams();
    const inSlack = await both.current.slackCard(CHANNEL, id);
    const inTeams = both.current.teamsCard(CHANNEL, id);
    // Both are on screen before either is pressed: afterwards Teams would not offer the button any more.
    const seen = await bob.inTeams.view(inTeams);
    await Promise.all([
      bob.inSlack.press(inSlack, 'approve'),
      bob.inTeams.press(inTeams, 'approve', { seen }),
    ]);
    await expect.poll(async () => (await votesOn(id)).length, { timeout: 8_000 }).toBe(1);
    await bothShow(id, 'still needs 1 of dba');
  });
});
