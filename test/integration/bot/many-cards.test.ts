/** What it costs to judge as many cards as a page of a channel has: the database is not asked about each of them. */
import { beforeAll, expect, test, vi } from 'vitest';
import { personOfChatAccount } from '../../../src/access/chat-accounts.ts';
import type { BotContext } from '../../../src/bot/bot-context.ts';
import type { Card } from '../../../src/bot/card.ts';
import { CARD_SOURCES } from '../../../src/bot/card-sources.ts';
import { personalViews, readPersonalView } from '../../../src/bot/personal-view.ts';
import { after } from '../../../src/core/clock.ts';
import type { Identity } from '../../../src/core/identity.ts';
import { useTestAccess } from '../../support/access.ts';
import { chatAccount, linkAccount } from '../../support/chat-accounts.ts';
import { liveGrant } from '../../support/live-session.ts';
import { ask, EMERGENCY_POLICY, FREEZE_TOKEN } from '../access/emergencies.ts';

const POLICY = `${EMERGENCY_POLICY.replace('within: 30m }', 'within: 30m, notFromGroups: ["team-*"] }')}identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }\n`;
const access = useTestAccess({ policy: POLICY, secrets: { FREEZE_TOKEN } });
const bot = (): BotContext => ({
  access: access.current.context,
  logger: { warn: () => undefined, error: () => undefined },
});

/** Requests, votes, grants, a freeze, in which teams who asked is, and who somebody is: accounts, and whom they stand for. */
const STATEMENTS_MAX = 9;

const cards: Card[] = [];
const viewers: Identity[] = [];

beforeAll(async () => {
  const { context, person, clock } = access.current;
  const { requestId, alice, bob } = await liveGrant(access.current);
  cards.push((await CARD_SOURCES.request(context, requestId)).card);
  for (let number = 0; number < 3; number += 1) {
    const { id } = await ask(access.current, alice);
    cards.push((await CARD_SOURCES.request(context, id)).card);
  }
  const { requestId: another } = await liveGrant(access.current);
  cards.push((await CARD_SOURCES.request(context, another)).card);
  const account = chatAccount('bob', { platform: 'teams', tenant: 'contoso' });
  await linkAccount(context, { account, person: bob });
  const eve = await person('eve', ['engineering']);
  const stale = { ...bob, groupsSeenAt: after(clock.now(), -13 * 3_600_000) };
  viewers.push(alice, bob, eve, stale, (await personOfChatAccount(context, account)) ?? bob);
});

async function statementsOf(work: () => Promise<unknown>): Promise<number> {
  const spy = vi.spyOn(access.current.store.read().getConnection(), 'execute');
  try {
    await work();
    return spy.mock.calls.length;
  } finally {
    spy.mockRestore();
  }
}

test('one card or many cost as much, whoever looks', async () => {
  for (const viewer of viewers) {
    const page = Array.from({ length: 20 }, () => cards).flat();
    const cost = await statementsOf(() => personalViews(bot(), { cards: page, viewer }));
    expect(cost, viewer.name).toBeGreaterThan(0);
    expect(cost, viewer.name).toBeLessThanOrEqual(STATEMENTS_MAX);
  }
});

test('what is judged together is what each card says alone', async () => {
  for (const viewer of viewers) {
    const together = await personalViews(bot(), { cards, viewer });
    const apart = await Promise.all(
      cards.map(async (card) => (await personalViews(bot(), { cards: [card], viewer }))[0]),
    );
    expect(together).toEqual(apart);
  }
});

test('a page with buttons about nothing is judged all the same', async () => {
  const [viewer] = viewers;
  const [card] = cards;
  if (viewer === undefined || card === undefined) throw new Error('there are some');
  const button = { kind: 'button', label: 'x', style: 'plain' } as const;
  const actions = [
    { ...button, action: 'approve', subject: 'r-aaaaaaaa' },
    { ...button, action: 'revoke', subject: 'g-aaaaaaaa' },
  ] as const;
  const [view] = await personalViews(bot(), { cards: [{ ...card, actions }], viewer });
  expect(view).toMatchObject({ card: { actions: [] }, missing: ['There is no request r-aaaaaaaa.'] });
  await expect(
    readPersonalView(bot(), { target: { subject: 'request', id: 'r-aaaaaaaa' }, viewer }),
  ).rejects.toMatchObject({ code: 'not_found' });
});
