/** Who fills which seat: named people, owners, whoever is on call, and nobody from the requester's own team. */
import { describe, expect, test } from 'vitest';
import { acceptDelegation } from '../../../src/access/accept-delegation.ts';
import { findWorkload } from '../../../src/access/beneficiary.ts';
import { consentToRequest } from '../../../src/access/consent-to-request.ts';
import type { AccessContext } from '../../../src/access/context.ts';
import { delegateVotes } from '../../../src/access/delegate-votes.ts';
import { listPendingFor } from '../../../src/access/list-pending.ts';
import type { OnCallAnswer } from '../../../src/access/ports.ts';
import { after } from '../../../src/core/clock.ts';
import { useTestAccess } from '../../support/access.ts';
import { ask, formerly, VOTES_POLICY, vote } from './votes.ts';

const access = useTestAccess({ policy: VOTES_POLICY });

test('an owner of the resource and a named person fill their seats, whatever the case of their address', async () => {
  const { context, person } = access.current;
  const alice = await person('alice', ['engineering']);
  const request = await ask(context, alice, { role: 'owned' });
  const stranger = await person('bob', ['sre', 'dba']);
  await expect(vote(context, { request, voter: stranger })).rejects.toMatchObject({ code: 'forbidden' });
  await vote(context, { request, voter: await formerly(access.current, 'olga', []) });
  expect(await vote(context, { request, voter: await person('dana', []) })).toMatchObject({
    outcome: 'approved',
  });
});

describe('whoever is on call', () => {
  const answering = (answer: OnCallAnswer): AccessContext => ({
    ...access.current.context,
    onCall: { whoIsOnCall: async () => answer },
  });

  test('at the level that the policy names decides, and nobody else, members of the fallback group included', async () => {
    const { context, person, clock } = access.current;
    const alice = await person('alice', ['engineering']);
    const [first, second, bob] = [
      await person('pat', []),
      await person('quinn', []),
      await person('bob', ['sre']),
    ];
    const known = answering({
      people: [
        { level: 1, email: 'pat@example.com', name: 'Pat' },
        { level: 2, email: 'Quinn@Example.com', name: 'Quinn' },
      ],
      asOf: clock.now(),
      problem: null,
    });
    const request = await ask(context, alice, { role: 'paged' });
    for (const voter of [first, bob]) {
      await expect(vote(known, { request, voter })).rejects.toMatchObject({ code: 'forbidden' });
      expect((await listPendingFor(known, { voter })).map(({ id }) => id)).not.toContain(request.id);
    }
    expect((await listPendingFor(known, { voter: second })).map(({ id }) => id)).toContain(request.id);
    expect(await vote(known, { request, voter: second })).toMatchObject({ outcome: 'approved' });
  });

  test('is the fallback group while nobody knows, and not who was on call before', async () => {
    const { context, person } = access.current;
    const alice = await person('alice', ['engineering']);
    const unknown = answering({ people: [], asOf: null, problem: 'no answer within 5s' });
    const request = await ask(context, alice, { role: 'paged' });
    const quinn = await person('quinn', []);
    await expect(vote(unknown, { request, voter: quinn })).rejects.toMatchObject({ code: 'forbidden' });
    const bob = await person('bob', ['sre']);
    expect(await vote(unknown, { request, voter: bob })).toMatchObject({ outcome: 'approved' });
  });

  test('nobody is, without a fallback', async () => {
    const { context, person, applyPolicy } = access.current;
    const alice = await person('alice', ['engineering']);
    const unknown = answering({ people: [], asOf: null, problem: 'no answer within 5s' });
    applyPolicy(VOTES_POLICY.replace('    fallback: { group: sre }\n', ''));
    try {
      const request = await ask(context, alice, { role: 'paged' });
      const bob = await person('bob', ['sre']);
      await expect(vote(unknown, { request, voter: bob })).rejects.toMatchObject({ code: 'forbidden' });
    } finally {
      applyPolicy(VOTES_POLICY);
    }
  });

  test('keeps the vote that was cast, when the next one is on call by then', async () => {
    const { context, person, clock, applyPolicy } = access.current;
    const alice = await person('alice', ['engineering']);
    const on = (email: string): AccessContext =>
      answering({ people: [{ level: 2, email, name: email }], asOf: clock.now(), problem: null });
    applyPolicy(VOTES_POLICY.replace('onCall: payments, level: 2', 'onCall: payments, level: 2, count: 2'));
    try {
      const request = await ask(context, alice, { role: 'paged' });
      const [pat, quinn] = [await person('pat', []), await person('quinn', [])];
      await vote(on('pat@example.com'), { request, voter: pat });
      expect(await vote(on('quinn@example.com'), { request, voter: quinn })).toMatchObject({
        outcome: 'approved',
      });
    } finally {
      applyPolicy(VOTES_POLICY);
    }
  });
});

describe('separation of duties', () => {
  test('keeps the team of requester and beneficiary away, on any account, and nobody else', async () => {
    const { context, person } = access.current;
    const alice = await person('alice', ['engineering', 'team-red', 'chess']);
    const request = await ask(context, alice, { role: 'apart' });
    const mate = await person('bob', ['sre', 'team-red']);
    await expect(vote(context, { request, voter: mate })).rejects.toMatchObject({
      code: 'forbidden',
      message: /outside team-red/,
    });
    expect((await listPendingFor(context, { voter: mate })).map(({ id }) => id)).not.toContain(request.id);
    await formerly(access.current, 'carl', ['team-red']);
    const known = await person('carl', ['sre']);
    await expect(vote(context, { request, voter: known })).rejects.toMatchObject({ code: 'forbidden' });
    const other = await person('dora', ['sre', 'team-blue', 'chess']);
    expect(await vote(context, { request, voter: other })).toMatchObject({ outcome: 'approved' });
  });

  test('holds for who votes in a place and for whose place it is', async () => {
    const { context, person, clock } = access.current;
    const alice = await person('alice', ['engineering', 'team-red']);
    const [mate, outside] = [await person('bob', ['sre', 'team-red']), await person('fred', ['sre'])];
    const [paul, petra] = [await person('paul', []), await person('petra', ['team-red'])];
    const until = after(clock.now(), 3_600_000);
    const ofMate = await delegateVotes(context, { from: mate, toId: paul.id, until });
    await acceptDelegation(context, { id: ofMate.id, by: paul });
    const ofOutside = await delegateVotes(context, { from: outside, toId: petra.id, until });
    await acceptDelegation(context, { id: ofOutside.id, by: petra });
    const request = await ask(context, alice, { role: 'apart' });
    for (const voter of [paul, petra]) {
      await expect(vote(context, { request, voter })).rejects.toMatchObject({
        code: 'forbidden',
        message: /outside team-red/,
      });
    }
  });

  test('holds for the owner of a workload and for whom somebody asks', async () => {
    const { context, person } = access.current;
    const alice = await person('alice', ['engineering']);
    await person('erin', ['team-green']);
    const eve = await person('eve', ['engineering', 'team-blue']);
    const migrator = await findWorkload(context, { named: 'migrator' });
    const forWorkload = await ask(context, alice, { role: 'apart', beneficiary: migrator });
    const forEve = await ask(context, alice, { role: 'apart', beneficiary: eve });
    const [green, blue] = [
      await person('gail', ['sre', 'team-green']),
      await person('bert', ['sre', 'team-blue']),
    ];
    await expect(vote(context, { request: forWorkload, voter: green })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(vote(context, { request: forEve, voter: blue })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await vote(context, { request: forEve, voter: green });
    expect(
      await consentToRequest(context, {
        requestId: forEve.id,
        by: eve,
        verdict: 'approve',
        note: null,
        platform: 'web',
      }),
    ).toMatchObject({ state: 'approved' });
  });
});

test('more approvals than needed never leave a request open', async () => {
  const { context, person } = access.current;
  const alice = await person('alice', ['engineering']);
  const bobs = await Promise.all([1, 2, 3, 4].map((number) => person(`sam${number}`, ['sre'])));
  const request = await ask(context, alice);
  for (const voter of bobs) await vote(context, { request, voter });
  expect(await vote(context, { request, voter: await person('dana', ['dba']) })).toMatchObject({
    outcome: 'approved',
  });
});

test('group names with colons, quotes and braces are groups like others', async () => {
  const { context, person, applyPolicy } = access.current;
  const name = 'corp:sre "night" {1}, \\x';
  applyPolicy(VOTES_POLICY.replaceAll('{ group: sre }', `{ group: ${JSON.stringify(name)} }`));
  try {
    const alice = await person('alice', ['engineering']);
    const request = await ask(context, alice, { role: 'read' });
    const near = await person('bob', ['corp', 'sre']);
    await expect(vote(context, { request, voter: near })).rejects.toMatchObject({ code: 'forbidden' });
    expect(await vote(context, { request, voter: await person('bob', [name]) })).toMatchObject({
      outcome: 'approved',
    });
  } finally {
    applyPolicy(VOTES_POLICY);
  }
});
