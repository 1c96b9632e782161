/** Slack at its worst: whatever is lost, refused, late or sent twice, each click counts once and each card ends true. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { listRequests, readRequest } from '../../../src/access/read-access.ts';
import type { Delivery, Pressable } from '../../support/slack/driver.ts';
import { overHttp, signedRequest } from '../../support/slack/driver.ts';
import { buttonsIn, textsOf } from '../../support/slack/elements.ts';
import type { Fault, FaultPlan } from '../../support/slack/faults.ts';
import { NO_FAULTS } from '../../support/slack/faults.ts';
import { type LinkedUser, useSlackServer } from '../../support/slack/server.ts';
import { textAt } from '../../support/slack/slack-call.ts';
import { TEAM } from '../../support/slack/workspace.ts';

const POLICY = `
resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app_rw, password: { env: ORDERS_DB_PASSWORD } }
    tls: { mode: disable }
    labels: { env: prod }
    roles: { read: { allow: [select] } }
access:
  - name: prod-databases
    who: { groups: [engineering] }
    to: { kind: postgres, labels: { env: prod } }
    roles: [read]
    maxDuration: 4h
    approval: { from: [{ group: sre, count: 1 }, { group: dba, count: 1 }], within: 4h }
oversight: { groups: [responders] }
`;

const slack = useSlackServer({ policy: POLICY });
let alice: LinkedUser;
let bob: LinkedUser;
let dana: LinkedUser;

beforeAll(async () => {
  alice = await slack.current.user('alice', ['engineering']);
  bob = await slack.current.user('bob', ['sre']);
  dana = await slack.current.user('dana', ['dba']);
});

const MINUTE_MS = 60_000;

/** By what is stored: on a busy machine an answer may be told twice, and be taken for that of the next question. */
async function ask(channel: string, reason: string): Promise<string> {
  await alice.command(channel, `request orders-db for 1h because ${reason}`);
  const made = async (): Promise<string | null> => {
    const all = await listRequests(slack.current.context, { requesterId: alice.person.id, limit: 100 });
    return all.find((request) => request.reason === reason)?.id ?? null;
  };
  await expect.poll(made, { timeout: 8_000 }).not.toBeNull();
  return (await made()) ?? '';
}

/** Every message that was posted for one request in a channel. */
async function cardsOf(channel: string, id: string): Promise<readonly Pressable[]> {
  const messages = await slack.current.workspace.messages(channel);
  return messages
    .filter(({ metadata }) => textAt(metadata, 'event_payload', 'key').startsWith(`request:${id}:`))
    .map((message) => ({ channel, message }));
}

async function votesOn(id: string): Promise<readonly string[]> {
  const { votes } = await readRequest(slack.current.context, { id });
  return votes.map(({ person }) => person.name).sort();
}

/** The same misfortunes in every run. */
function misfortune(seed: number): FaultPlan {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const faults: readonly (() => Fault)[] = [
    () => ({ kind: 'rate-limited', retryAfterSeconds: 1 + Math.floor(next() * 30) }),
    () => ({ kind: 'status', status: 500 }),
    () => ({ kind: 'lost' }),
    () => ({ kind: 'unanswered' }),
  ];
  return ({ method }) => {
    if (method !== 'chat.postMessage' && method !== 'chat.update') return null;
    if (next() < 0.4) return null;
    return faults[Math.floor(next() * faults.length)]?.() ?? null;
  };
}

describe('ten minutes in which most calls fail', () => {
  test('each click counts once, and each card ends true and is there once', async () => {
    const { workspace } = slack.current;
    workspace.setFaults(misfortune(7));
    const requests: { readonly channel: string; readonly id: string }[] = [];
    for (let minute = 0; minute < 10; minute += 1) {
      if (minute < 6) {
        const channel = minute % 2 === 0 ? 'inc-42' : 'general';
        requests.push({ channel, id: await ask(channel, `payouts hang ${minute}`) });
      }
      await slack.current.pass(MINUTE_MS);
      for (const { channel, id } of requests) {
        const [card] = await cardsOf(channel, id);
        const open = buttonsIn(card?.message['blocks']).some(({ actionId }) => actionId === 'approve');
        if (card === undefined || !open) continue;
        // Impatient: the card does not change, so they press again, both at once.
        await Promise.all([bob, bob, dana, dana].map((approver) => approver.press(card, 'approve')));
      }
    }
    workspace.setFaults(NO_FAULTS);
    await slack.current.pass(5 * MINUTE_MS);
    for (const { channel, id } of requests) {
      const cards = await cardsOf(channel, id);
      expect(cards, `the cards of ${id}`).toHaveLength(1);
      expect(textsOf(cards[0]?.message)).toMatch(/Approved.* by (Bob and Dana|Dana and Bob)/);
      expect(await votesOn(id)).toEqual(['Bob', 'Dana']);
    }
    expect(slack.current.waiting()).toBe(0);
    expect(slack.current.dead.filter((why) => why.includes('too many calls'))).toEqual([]);
    const told = (await workspace.direct('alice')).filter(({ blocks }) =>
      buttonsIn(blocks).some(({ actionId }) => actionId === 'reveal'),
    );
    expect(told).toHaveLength(requests.length);
  });
});

describe('an outage that jobs give up in', () => {
  test('is made good when it is over, without anybody doing anything', async () => {
    const { workspace } = slack.current;
    workspace.setFaults(({ method }) => (method.startsWith('chat.') ? { kind: 'lost' } : null));
    const id = await ask('inc-42', 'Slack is down as well');
    await slack.current.pass(15 * MINUTE_MS);
    expect(await cardsOf('inc-42', id)).toEqual([]);
    expect(slack.current.dead).toEqual([expect.stringContaining(id)]);
    workspace.setFaults(NO_FAULTS);
    await slack.current.pass(2 * MINUTE_MS);
    const [card, ...more] = await cardsOf('inc-42', id);
    expect(more).toEqual([]);
    expect(textsOf(card?.message)).toContain('still needs 1 of sre and 1 of dba');
  });

  test('a burst in one channel is posted at its pace, and loses nothing', async () => {
    const before = slack.current.clock.now().getTime();
    const ids: string[] = [];
    for (let index = 0; index < 20; index += 1) ids.push(await ask('access', `burst ${index}`));
    await slack.current.pass(MINUTE_MS);
    expect(slack.current.clock.now().getTime() - before).toBeGreaterThanOrEqual(19_000);
    for (const id of ids) expect(await cardsOf('access', id)).toHaveLength(1);
    expect(slack.current.waiting()).toBe(0);
  });
});

describe('what comes in twice, late or from somebody else', () => {
  async function click(card: Pressable, by: LinkedUser): Promise<Delivery> {
    const button = buttonsIn(card.message['blocks']).find(({ actionId }) => actionId === 'approve');
    return {
      kind: 'interactive',
      body: {
        type: 'block_actions',
        ...{ token: 'unused', api_app_id: 'A0SALLYPORT', enterprise: null },
        ...{ team: { id: TEAM, domain: 'acme' }, user: { id: by.id, team_id: TEAM } },
        channel: { id: await slack.current.workspace.channelId(card.channel) },
        container: { type: 'message', message_ts: textAt(card.message, 'ts') },
        trigger_id: `${randomUUID()}`,
        actions: [
          {
            type: 'button',
            action_id: 'approve',
            block_id: 'b1',
            value: button?.value,
            action_ts: `${Date.now() / 1_000}`,
          },
        ],
      },
    };
  }

  test('a click that Slack delivers five times at once is one vote', async () => {
    const id = await ask('inc-42', 'redelivered');
    await slack.current.settle();
    const [card] = await cardsOf('inc-42', id);
    if (card === undefined) throw new Error('there is no card');
    const delivery = await click(card, bob);
    const deliver = overHttp(slack.current.eventsUrl, slack.current.clock);
    const answers = await Promise.all(Array.from({ length: 5 }, () => deliver(delivery)));
    expect(answers.some(({ status }) => status === 200)).toBe(true);
    await expect.poll(() => votesOn(id)).toEqual(['Bob']);
    await slack.current.settle();
    expect(textsOf((await cardsOf('inc-42', id))[0]?.message)).toContain('still needs 1 of dba');
  });

  test.each([
    ['six minutes old', -6 * MINUTE_MS, undefined],
    ['six minutes ahead', 6 * MINUTE_MS, undefined],
    ['signed by somebody else', 0, 'another-secret-0123456789abcdef'],
  ])('a click that is %s is refused and counts nothing', async (what, offsetMs, secret) => {
    const id = await ask('inc-42', `forged: ${what}`);
    await slack.current.settle();
    const [card] = await cardsOf('inc-42', id);
    if (card === undefined) throw new Error('there is no card');
    const at = new Date(slack.current.clock.now().getTime() + offsetMs);
    const response = await fetch(slack.current.eventsUrl, {
      method: 'POST',
      ...signedRequest(await click(card, bob), at, secret),
    });
    expect(response.status).toBe(401);
    await slack.current.settle();
    expect(await votesOn(id)).toEqual([]);
  });
});
