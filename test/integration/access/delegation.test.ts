/** Deciding in somebody's place: one person and one authority count once, whoever clicks. */
import { describe, expect, test } from 'vitest';
import { acceptDelegation } from '../../../src/access/accept-delegation.ts';
import { delegateVotes, endDelegation, listDelegations } from '../../../src/access/delegate-votes.ts';
import { listPendingFor } from '../../../src/access/list-pending.ts';
import { readRequest } from '../../../src/access/read-access.ts';
import { after as later } from '../../../src/core/clock.ts';
import type { Person } from '../../../src/core/identity.ts';
import { useTestAccess } from '../../support/access.ts';
import { ask, countRows, formerly, VOTES_POLICY, vote } from './votes.ts';

const access = useTestAccess({ policy: VOTES_POLICY });
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
let number = 0;

/** Somebody whom no other test knows. */
function somebody(name: string, groups: readonly string[]): Promise<Person> {
  number += 1;
  return access.current.person(`${name}${number}`, groups);
}

function offer(from: Person, to: Person, forMs = HOUR_MS) {
  const { context, clock } = access.current;
  return delegateVotes(context, { from, toId: to.id, until: later(clock.now(), forMs) });
}

/** Offered and accepted. */
async function delegate(from: Person, to: Person, forMs = HOUR_MS) {
  const { id } = await offer(from, to, forMs);
  return acceptDelegation(access.current.context, { id, by: to });
}

describe('a delegation that nobody has accepted', () => {
  test('keeps nobody from deciding, and lets nobody decide', async () => {
    const { context } = access.current;
    const alice = await somebody('alice', ['engineering', 'dba']);
    const [bob, dana, paul] = [
      await somebody('bob', ['sre']),
      await somebody('dana', ['dba']),
      await somebody('paul', []),
    ];
    await offer(alice, bob);
    await offer(alice, dana);
    await offer(bob, paul);
    const request = await ask(context, alice);
    await expect(vote(context, { request, voter: paul })).rejects.toMatchObject({ code: 'forbidden' });
    expect(await vote(context, { request, voter: bob })).toMatchObject({ outcome: 'recorded' });
    expect(await vote(context, { request, voter: dana })).toMatchObject({ outcome: 'approved' });
  });

  test('is accepted by the one whom it asks alone, on any account, once, and while it stands', async () => {
    const { context, clock } = access.current;
    const [bob, paul] = [await somebody('bob', ['sre']), await somebody('paul', [])];
    const { id, acceptedAt } = await offer(bob, paul);
    expect(acceptedAt).toBeNull();
    for (const by of [bob, await somebody('petra', ['sre'])]) {
      await expect(acceptDelegation(context, { id, by })).rejects.toMatchObject({ code: 'forbidden' });
    }
    const paulBefore = await formerly(access.current, paul.name.toLowerCase(), []);
    const accepts = await Promise.allSettled(
      Array.from({ length: 5 }, () => acceptDelegation(context, { id, by: paulBefore })),
    );
    expect(accepts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await endDelegation(context, { id, by: paul });
    await expect(acceptDelegation(context, { id, by: paul })).rejects.toMatchObject({ code: 'conflict' });

    const late = await offer(bob, paul);
    const hourLater = { ...context, clock: { now: () => later(clock.now(), HOUR_MS + 1) } };
    await expect(acceptDelegation(hourLater, { id: late.id, by: paul })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('is declined by ending it, and both are told each time', async () => {
    const { context } = access.current;
    const [bob, paul] = [await somebody('bob', ['sre']), await somebody('paul', [])];
    const { id } = await offer(bob, paul);
    await endDelegation(context, { id, by: paul });
    expect(await countRows(context, `event where subject = ? and data->>'declined' = 'true'`, [id])).toBe(1);
    expect(
      await countRows(context, `outbox where payload->>'subject' = 'delegation' and payload->>'id' = ?`, [
        id,
      ]),
    ).toBe(2);
  });

  test('leaves the one before in effect when it is longer; a shorter one replaces it at once', async () => {
    const { context } = access.current;
    const [bob, paul] = [await somebody('bob', ['sre']), await somebody('paul', [])];
    const first = await delegate(bob, paul);
    const longer = await offer(bob, paul, 2 * HOUR_MS);
    const standing = async (): Promise<string[]> =>
      (await listDelegations(context, { of: paul }))
        .filter(({ acceptedAt }) => acceptedAt !== null)
        .map(({ id }) => id);
    expect(await standing()).toEqual([first.id]);
    await acceptDelegation(context, { id: longer.id, by: paul });
    expect(await standing()).toEqual([longer.id]);
    const shorter = await offer(bob, paul, HOUR_MS);
    expect(shorter.acceptedAt).not.toBeNull();
    expect(await standing()).toEqual([shorter.id]);
  });

  test('lets nobody vote in another’s place in the database either', async () => {
    const { context, store } = access.current;
    const alice = await somebody('alice', ['engineering']);
    const [bob, paul] = [await somebody('bob', ['sre']), await somebody('paul', [])];
    await offer(bob, paul);
    const request = await ask(context, alice);
    const insert = (): Promise<unknown> =>
      store.read().execute(
        `insert into vote (request_id, identity_id, on_behalf_of_id, verdict, claims, platform, created_at)
           values (?, ?, ?, 'approve', '[]', 'web', now())`,
        [request.id, paul.id, bob.id],
      );
    await expect(insert()).rejects.toThrow(/in the place of/);
  });
});

describe('a delegate', () => {
  test('decides as what the other is, and the vote says in whose place', async () => {
    const { context } = access.current;
    const [alice, bob, dana, paul] = [
      await somebody('alice', ['engineering']),
      await somebody('bob', ['sre']),
      await somebody('dana', ['dba']),
      await somebody('paul', ['people']),
    ];
    await delegate(dana, paul);
    const request = await ask(context, alice);
    expect((await listPendingFor(context, { voter: paul })).map(({ id }) => id)).toContain(request.id);
    await vote(context, { request, voter: bob });
    expect(await vote(context, { request, voter: paul })).toMatchObject({
      outcome: 'approved',
      request: {
        votes: [
          { person: { id: bob.id }, onBehalfOf: null },
          { person: { id: paul.id }, onBehalfOf: { id: dana.id } },
        ],
        seats: [{ filledBy: [{ id: bob.id }] }, { filledBy: [{ id: paul.id }] }],
      },
    });
  });

  test('takes the seat that is still open, be it their own or the other one', async () => {
    const { context } = access.current;
    const alice = await somebody('alice', ['engineering']);
    const [first, both] = [await somebody('bob', ['sre']), await somebody('bob', ['sre'])];
    const dana = await somebody('dana', ['dba']);
    await delegate(dana, both);
    const request = await ask(context, alice);
    await vote(context, { request, voter: first });
    expect(await vote(context, { request, voter: both })).toMatchObject({ outcome: 'approved' });
  });

  test('fills one seat, however many stand behind them', async () => {
    const { context } = access.current;
    const alice = await somebody('alice', ['engineering']);
    const [bob, dana, paul] = [
      await somebody('bob', ['sre']),
      await somebody('dana', ['dba']),
      await somebody('paul', []),
    ];
    await delegate(bob, paul);
    await delegate(dana, paul);
    const request = await ask(context, alice);
    expect(await vote(context, { request, voter: paul })).toMatchObject({ outcome: 'recorded' });
    await expect(vote(context, { request, voter: paul })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('and the one who delegates exclude each other, in whatever order and on whatever account', async () => {
    const { context } = access.current;
    const alice = await somebody('alice', ['engineering']);
    const dana = await somebody('dana', ['dba', 'sre']);
    const danaBefore = await formerly(access.current, dana.name.toLowerCase(), ['dba', 'sre']);
    const paul = await somebody('paul', []);
    await delegate(dana, paul);
    const one = await ask(context, alice);
    await vote(context, { request: one, voter: paul });
    for (const voter of [dana, danaBefore]) {
      await expect(vote(context, { request: one, voter })).rejects.toMatchObject({
        code: 'conflict',
        message: /in your place/,
      });
    }
    const other = await ask(context, alice);
    await vote(context, { request: other, voter: danaBefore });
    await expect(vote(context, { request: other, voter: paul })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('of the requester does not decide, not even for themself', async () => {
    const { context } = access.current;
    const alice = await somebody('alice', ['engineering', 'sre']);
    const bob = await somebody('bob', ['sre', 'dba']);
    const { id } = await delegate(alice, bob);
    const request = await ask(context, alice);
    await expect(vote(context, { request, voter: bob })).rejects.toMatchObject({
      code: 'forbidden',
      message: /in the place of/,
    });
    await endDelegation(context, { id, by: alice });
    expect(await vote(context, { request, voter: bob })).toMatchObject({ outcome: 'recorded' });
  });

  test('does not decide in the place of somebody who stands for the requester', async () => {
    const { context } = access.current;
    const alice = await somebody('alice', ['engineering']);
    const [bob, paul] = [await somebody('bob', ['sre']), await somebody('paul', [])];
    const petra = await somebody('petra', ['dba']);
    const { id } = await delegate(alice, bob);
    await delegate(bob, paul);
    await delegate(bob, petra);
    const request = await ask(context, alice);
    await expect(vote(context, { request, voter: paul })).rejects.toMatchObject({ code: 'forbidden' });
    // What somebody is by themself stays theirs.
    expect(await vote(context, { request, voter: petra })).toMatchObject({
      outcome: 'recorded',
      request: { votes: [{ person: { id: petra.id }, onBehalfOf: null }] },
    });
    await endDelegation(context, { id, by: alice });
    expect(await vote(context, { request, voter: paul })).toMatchObject({ outcome: 'approved' });
  });

  test('is kept apart by every account of whom they stand for', async () => {
    const { context } = access.current;
    const alice = await somebody('alice', ['engineering', 'team-orders']);
    const [bob, paul] = [await somebody('bob', ['sre']), await somebody('paul', [])];
    await formerly(access.current, bob.name.toLowerCase(), ['team-orders']);
    await delegate(bob, paul);
    const request = await ask(context, alice, { role: 'apart' });
    for (const voter of [bob, paul]) {
      await expect(vote(context, { request, voter })).rejects.toMatchObject({
        code: 'forbidden',
        message: /outside team-orders/,
      });
    }
  });

  test('who is the requester gains nothing by it', async () => {
    const { context } = access.current;
    const alice = await somebody('alice', ['engineering']);
    const bob = await somebody('bob', ['sre']);
    await delegate(bob, alice);
    const request = await ask(context, alice);
    await expect(vote(context, { request, voter: alice })).rejects.toMatchObject({
      code: 'forbidden',
      message: /your own request/,
    });
  });

  test('of somebody who has left the group since gains nothing either', async () => {
    const { context, person } = access.current;
    const alice = await somebody('alice', ['engineering']);
    const bob = await somebody('bob', ['sre']);
    const paul = await somebody('paul', []);
    await delegate(bob, paul);
    await person(bob.name.toLowerCase(), []);
    const request = await ask(context, alice);
    await expect(vote(context, { request, voter: paul })).rejects.toMatchObject({
      code: 'forbidden',
      message: /members of sre or dba/,
    });
  });

  test('hands nothing on', async () => {
    const { context } = access.current;
    const alice = await somebody('alice', ['engineering']);
    const [bob, paul, petra] = [
      await somebody('bob', ['sre']),
      await somebody('paul', []),
      await somebody('petra', []),
    ];
    await delegate(bob, paul);
    await delegate(paul, petra);
    const request = await ask(context, alice);
    await expect(vote(context, { request, voter: petra })).rejects.toMatchObject({ code: 'forbidden' });
  });

  test('votes no more once it is over, or ended by either of the two', async () => {
    const { context, clock, identity } = access.current;
    const alice = await somebody('alice', ['engineering']);
    const [bob, paul] = [await somebody('bob', ['sre']), await somebody('paul', [])];
    const hourLater = { ...context, clock: { now: () => later(clock.now(), HOUR_MS + 1) } };
    await delegate(bob, paul);
    const request = await ask(hourLater, alice);
    await expect(vote(hourLater, { request, voter: paul })).rejects.toMatchObject({ code: 'forbidden' });
    expect(await listDelegations(hourLater, { of: paul })).toEqual([]);

    const again = await delegate(bob, paul);
    expect(await listDelegations(context, { of: paul })).toMatchObject([{ id: again.id }]);
    const stranger = await somebody('carol', []);
    await expect(endDelegation(context, { id: again.id, by: stranger })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await endDelegation(context, { id: again.id, by: paul });
    await expect(endDelegation(context, { id: again.id, by: bob })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(vote(context, { request, voter: paul })).rejects.toMatchObject({ code: 'forbidden' });
    expect(identity).toBeDefined();
  });
});

describe('delegating', () => {
  test('has a limit at its edge, and is not for oneself, for workloads or on old facts', async () => {
    const { context, clock } = access.current;
    const [bob, paul] = [await somebody('bob', ['sre']), await somebody('paul', [])];
    const now = clock.now();
    const still = { ...context, clock: { now: () => now } };
    const until = (ms: number) => delegateVotes(still, { from: bob, toId: paul.id, until: later(now, ms) });
    await expect(until(14 * DAY_MS)).resolves.toMatchObject({ from: { id: bob.id }, to: { id: paul.id } });
    await expect(until(14 * DAY_MS + 1)).rejects.toMatchObject({
      code: 'invalid_input',
      message: /at most 14d/,
    });
    await expect(until(59_999)).rejects.toMatchObject({ code: 'invalid_input' });

    const bobBefore = await formerly(access.current, bob.name.toLowerCase(), ['sre']);
    await expect(delegate(bob, bobBefore)).rejects.toMatchObject({ code: 'invalid_input' });
    const stale = { ...bob, groupsSeenAt: later(now, -12 * HOUR_MS - 60_000) };
    await expect(delegate(stale, paul)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(
      delegateVotes(context, { from: bob, toId: 'p-nobody', until: later(now, HOUR_MS) }),
    ).rejects.toMatchObject({ code: 'not_found' });
  });

  test('to the same person takes the place of the one before, also when both come at once', async () => {
    const { context } = access.current;
    const [bob, paul] = [await somebody('bob', ['sre']), await somebody('paul', [])];
    await Promise.all(Array.from({ length: 8 }, () => offer(bob, paul)));
    const [standing, ...others] = await listDelegations(context, { of: bob });
    expect(others).toEqual([]);
    const events = (type: string): Promise<number> =>
      countRows(context, 'event where type = ? and actor_id = ?', [type, bob.id]);
    expect([await events('delegation.offered'), await events('delegation.ended')]).toEqual([8, 7]);
    expect(await countRows(context, "event where data->>'replacedBy' = ?", [standing?.id ?? ''])).toBe(1);
  });

  test('ends at ten people at a time', async () => {
    const bob = await somebody('bob', ['sre']);
    const others = await Promise.all(Array.from({ length: 11 }, () => somebody('paul', [])));
    const made = await Promise.allSettled(others.map((other) => delegate(bob, other)));
    const refused = made.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    expect(refused).toMatchObject([{ code: 'conflict', message: /10 people/ }]);
  });
});

test('of twenty clicks by two people and their delegates at once, one for each authority counts', async () => {
  const { context } = access.current;
  for (let round = 0; round < 5; round += 1) {
    const alice = await somebody('alice', ['engineering']);
    const [bob, paul] = [await somebody('bob', ['sre', 'dba']), await somebody('paul', [])];
    const [dana, petra] = [await somebody('dana', ['dba', 'sre']), await somebody('petra', [])];
    await delegate(bob, paul);
    await delegate(dana, petra);
    const request = await ask(context, alice);
    const voters = [bob, paul, dana, petra];
    const clicks = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) => vote(context, { request, voter: voters[index % 4] ?? bob })),
    );
    const outcomes = clicks.flatMap((one) => (one.status === 'fulfilled' ? [one.value.outcome] : []));
    expect(outcomes.toSorted()).toEqual(['approved', 'recorded']);
    const { votes } = await readRequest(context, { id: request.id });
    const authorities = votes.map(({ person, onBehalfOf }) => onBehalfOf?.id ?? person.id);
    expect(authorities.toSorted()).toEqual([bob.id, dana.id].toSorted());
    expect(await countRows(context, 'access_grant where request_id = ?', [request.id])).toBe(1);
  }
});
