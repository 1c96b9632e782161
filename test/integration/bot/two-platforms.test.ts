/** One request on several platforms: whoever votes, and from where, is one person; every place shows one outcome. */
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { personOfChatAccount } from '../../../src/access/chat-accounts.ts';
import { readRequest } from '../../../src/access/read-access.ts';
import type { Act } from '../../../src/bot/acts/act.ts';
import { handleAct } from '../../../src/bot/acts/handle-act.ts';
import type { ActionId, Card } from '../../../src/bot/card.ts';
import { createBot } from '../../../src/bot/create-bot.ts';
import type { ChatPlatform } from '../../../src/bot/platform.ts';
import { AppError } from '../../../src/core/errors.ts';
import type { Identity, Person } from '../../../src/core/identity.ts';
import { useTestAccess } from '../../support/access.ts';
import { chatAccount, linkAccount } from '../../support/chat-accounts.ts';
import { VOTES_POLICY } from '../access/votes.ts';

const ISSUER = 'identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }\n';
const access = useTestAccess({ policy: VOTES_POLICY + ISSUER });
const NAMES = ['slack', 'teams', 'web'] as const;
type PlatformName = (typeof NAMES)[number];

/** What a platform keeps: what each of its messages shows now. */
interface Kept {
  readonly platform: ChatPlatform;
  readonly messages: Map<string, { readonly channel: string; readonly threadRef: string | null; card: Card }>;
  /** While set, nothing is taken. */
  isDown: boolean;
}

/** A platform that keeps its messages in memory; people reach each other there by their own ids. */
function keepInMemory(name: PlatformName): Kept {
  const messages: Kept['messages'] = new Map();
  const kept: Omit<Kept, 'platform'> = { messages, isDown: false };
  const requireUp = (): void => {
    if (kept.isDown) throw new AppError('unavailable', `${name} is down`);
  };
  const platform: ChatPlatform = {
    name,
    resolveChannel: async (channel) => channel,
    nameOf: async (channel) => channel,
    post: async ({ key, channel, threadRef, card }) => {
      requireUp();
      messages.set(key, { channel, threadRef, card });
      return { ref: key };
    },
    update: async ({ ref, card }) => {
      requireUp();
      const message = messages.get(ref);
      if (message === undefined) throw new AppError('not_found', 'gone');
      message.card = card;
    },
    privateChannelOf: async (personId) => `private-${personId}`,
  };
  return Object.assign(kept, { platform });
}

const kept: Readonly<Record<PlatformName, Kept>> = {
  slack: keepInMemory('slack'),
  teams: keepInMemory('teams'),
  web: keepInMemory('web'),
};
const logger = { warn: () => undefined, error: () => undefined };

function bot() {
  const platforms = NAMES.map((name) => kept[name].platform);
  return createBot({ access: access.current.context, platforms, logger });
}

let alice: Person;
let bob: Person;
let dana: Person;
let carol: Person;
let accounts: ReadonlyMap<string, Identity>;

/** Everybody has an account on either platform, linked before anything was asked for. */
beforeAll(async () => {
  const { context, person } = access.current;
  alice = await person('alice', ['engineering']);
  bob = await person('bob', ['sre', 'dba']);
  dana = await person('dana', ['dba']);
  carol = await person('carol', ['sre']);
  const found = new Map<string, Identity>();
  for (const who of [alice, bob, dana, carol]) {
    found.set(`web ${who.id}`, who);
    for (const platform of ['slack', 'teams'] as const) {
      const account = chatAccount(who.name, {
        platform,
        tenant: platform === 'slack' ? 'T0ACME' : 'contoso',
      });
      await linkAccount(context, { account, person: who });
      const identity = await personOfChatAccount(context, account);
      if (identity === null) throw new Error(`${who.name} is not linked on ${platform}`);
      found.set(`${platform} ${who.id}`, identity);
    }
  }
  accounts = found;
});

function on(platform: PlatformName, who: Person): Identity {
  return accounts.get(`${platform} ${who.id}`) ?? who;
}

/** @returns what the person who acts is told */
async function act(platform: PlatformName, who: Person, what: Act): Promise<string> {
  const place = { platform, channel: 'access', channelName: 'access', isPrivate: false };
  const input = { by: on(platform, who), place, key: randomUUID() };
  const { reply } = await handleAct({ access: access.current.context, logger }, what, input);
  return reply?.text ?? '';
}

const press = (platform: PlatformName, who: Person, [action, subject]: [ActionId, string]): Promise<string> =>
  act(platform, who, { kind: 'action', action, subject });

/** Asks for `write` (a seat of sre, a seat of dba) or another role. @returns the id of the request */
async function askOn(platform: PlatformName, role = 'write'): Promise<string> {
  const text = `request orders-db as ${role} for 1h because "two platforms"`;
  const said = await act(platform, alice, { kind: 'command', text });
  const id = /r-[a-z2-7]{8}/.exec(said)?.[0];
  if (id === undefined) throw new Error(said);
  await bot().publisher.syncCard('request', id);
  return id;
}

/** What every copy of the request's card shows, by platform. */
function shown(id: string): Partial<Record<PlatformName, Card>> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const own = [...kept[name].messages.entries()].filter(([key]) => key.startsWith(`request:${id}:`));
      expect(own.length, `copies on ${name}`).toBeLessThanOrEqual(1);
      return own.map(([, { card }]) => [name, card]);
    }),
  );
}

async function expectOneOutcome(id: string): Promise<Card> {
  await bot().publisher.syncCard('request', id);
  const cards = shown(id);
  expect(Object.keys(cards)).toEqual([...NAMES]);
  expect(cards.teams).toEqual(cards.slack);
  expect(cards.web).toEqual(cards.slack);
  if (cards.slack === undefined) throw new Error('no card');
  return cards.slack;
}

const votesOn = async (id: string) => (await readRequest(access.current.context, { id })).votes;

describe('a request that is made on one platform', () => {
  test('has one card on each, and the same', async () => {
    for (const platform of NAMES) await expectOneOutcome(await askOn(platform));
  });

  test('is not for its requester to decide, from their account on another', async () => {
    const id = await askOn('slack');
    for (const platform of NAMES) {
      expect(await press(platform, alice, ['approve', id])).toContain('cannot decide about your own request');
      const denial: Act = { kind: 'form', form: 'deny', subject: id, values: new Map([['reason', 'no']]) };
      expect(await act(platform, alice, denial)).toContain('cannot decide about your own request');
    }
    expect(await votesOn(id)).toEqual([]);
    expect((await expectOneOutcome(id)).tone).toBe('waiting');
  });
});

describe('votes from two platforms', () => {
  test('by one person fill one seat, though they could sit on either', async () => {
    const id = await askOn('slack');
    expect(await press('slack', bob, ['approve', id])).toContain('is recorded. It still needs');
    for (const platform of ['teams', 'web', 'slack'] as const) {
      expect(await press(platform, bob, ['approve', id])).toContain(
        `You have voted on ${id} already: approve.`,
      );
    }
    expect(await votesOn(id)).toMatchObject([{ person: { id: bob.id }, platform: 'slack' }]);
    expect((await expectOneOutcome(id)).tone).toBe('waiting');
  });

  test('by two people fill two, and every card says who and where', async () => {
    const id = await askOn('teams');
    expect(await press('slack', carol, ['approve', id])).toContain('is recorded');
    const between = await expectOneOutcome(id);
    expect(JSON.stringify(between.lists)).toContain('Carol approved');
    expect(await press('teams', dana, ['approve', id])).toContain('is approved');
    const card = await expectOneOutcome(id);
    expect(card.tone).toBe('good');
    expect(JSON.stringify(card.lists)).toMatch(/Carol approved.*in slack.*Dana approved.*in teams/);
  });

  test('racing by one person on every platform, count once', async () => {
    const id = await askOn('web');
    const clicks = NAMES.flatMap((platform) => [1, 2, 3].map(() => press(platform, bob, ['approve', id])));
    const said = await Promise.all(clicks);
    expect(said.filter((text) => text.includes('is recorded'))).toHaveLength(1);
    expect(said.filter((text) => text.includes('You have voted'))).toHaveLength(8);
    expect(await votesOn(id)).toHaveLength(1);
    await expectOneOutcome(id);
  });

  test('racing by two people for the last seat, decide once, and whoever comes late hears by whom', async () => {
    const id = await askOn('slack', 'read');
    const said = await Promise.all([
      press('slack', bob, ['approve', id]),
      press('teams', carol, ['approve', id]),
      act('web', bob, { kind: 'form', form: 'deny', subject: id, values: new Map([['reason', 'no']]) }),
    ]);
    const decided = said.filter((text) => / is (approved|denied)\./.test(text));
    expect(decided, said.join('\n')).toHaveLength(1);
    expect(said.filter((text) => /already (by|closed)|have voted|already by/.test(text))).toHaveLength(2);
    const card = await expectOneOutcome(id);
    expect(['good', 'bad']).toContain(card.tone);
    expect(await votesOn(id)).toHaveLength(1);
  });

  test('a denial on one platform beats an approval on the card of before on another', async () => {
    const id = await askOn('teams', 'read');
    const before = shown(id).slack;
    expect(before?.actions.some((one) => one.kind === 'button' && one.action === 'approve')).toBe(true);
    const denial: Act = { kind: 'form', form: 'deny', subject: id, values: new Map([['reason', 'not now']]) };
    expect(await act('teams', carol, denial)).toContain(`${id} is denied`);
    // Slack has not heard of it yet: its card still offers what is over.
    expect(await press('slack', bob, ['approve', id])).toBe(`Request ${id} was denied already by Carol.`);
    expect((await expectOneOutcome(id)).tone).toBe('bad');
  });
});

describe('a platform that is down', () => {
  test('keeps no other from showing what was decided, and catches up', async () => {
    const id = await askOn('web', 'read');
    kept.teams.isDown = true;
    expect(await press('slack', bob, ['approve', id])).toContain('is approved');
    await expect(bot().publisher.syncCard('request', id)).rejects.toMatchObject({ code: 'unavailable' });
    expect([shown(id).slack?.tone, shown(id).web?.tone, shown(id).teams?.tone]).toEqual([
      'good',
      'good',
      'waiting',
    ]);
    kept.teams.isDown = false;
    expect((await expectOneOutcome(id)).tone).toBe('good');
  });

  test('has no second copy anywhere when two replicas bring cards up to date at once', async () => {
    const id = await askOn('slack');
    await press('teams', bob, ['approve', id]);
    await Promise.all(Array.from({ length: 4 }, () => bot().publisher.syncCard('request', id)));
    await expectOneOutcome(id);
  });
});

describe('an incident of one platform', () => {
  test('has its card where it is, and requests that name it reach the others all the same', async () => {
    const { context } = access.current;
    const opened = await act('teams', alice, { kind: 'command', text: 'incident link "orders are slow"' });
    const incidentId = /i-[a-z2-7]{8}/.exec(opened)?.[0] ?? '';
    await bot().publisher.syncCard('incident', incidentId);
    const cardsOn = (name: PlatformName) =>
      [...kept[name].messages.keys()].filter((key) => key.startsWith(`incident:${incidentId}:`));
    expect(NAMES.map((name) => cardsOn(name).length)).toEqual([0, 1, 0]);
    const id = await askOn('teams');
    expect((await readRequest(context, { id })).incident).toBe('access');
    await expectOneOutcome(id);
    // Who opened it closes it, from whichever account; others are told that they cannot.
    expect(await press('slack', bob, ['close-incident', incidentId])).toContain('Alice opened it');
    expect(await press('slack', alice, ['close-incident', incidentId])).toContain('is closed');
    expect(await press('web', alice, ['close-incident', incidentId])).toContain('is closed already');
  });
});
