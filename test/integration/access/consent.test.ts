/** Asking for another: the policy is about the one who will hold the access, and they consent first. */
import { describe, expect, test } from 'vitest';
import { findPerson, findWorkload } from '../../../src/access/beneficiary.ts';
import { cancelRequest } from '../../../src/access/close-request.ts';
import { consentToRequest } from '../../../src/access/consent-to-request.ts';
import { freeze, unfreeze } from '../../../src/access/freeze.ts';
import { readRequest } from '../../../src/access/read-access.ts';
import { after } from '../../../src/core/clock.ts';
import type { Identity } from '../../../src/core/identity.ts';
import { useTestAccess } from '../../support/access.ts';
import { ask, countRows, formerly, VOTES_POLICY, vote } from './votes.ts';

const access = useTestAccess({ policy: VOTES_POLICY });

function consent(request: { id: string }, by: Identity, verdict: 'approve' | 'deny' = 'approve') {
  const note = verdict === 'deny' ? 'I am on leave' : null;
  return consentToRequest(access.current.context, {
    requestId: request.id,
    by,
    verdict,
    note,
    platform: 'web',
  });
}

async function cast() {
  const { person } = access.current;
  return {
    alice: await person('alice', ['people']),
    bob: await person('bob', ['sre']),
    dana: await person('dana', ['dba']),
    eve: await person('eve', ['engineering']),
    erin: await person('erin', ['sre', 'dba']),
    olga: await person('olga', ['responders']),
  };
}

describe('a request for another person', () => {
  test('is matched for whom it is, waits for their consent, and gives the grant to them', async () => {
    const { context } = access.current;
    const { alice, bob, eve } = await cast();
    await expect(ask(context, alice, { role: 'read' })).rejects.toMatchObject({ code: 'forbidden' });
    const request = await ask(context, alice, { role: 'read', beneficiary: eve });
    expect(request).toMatchObject({
      requester: { id: alice.id },
      beneficiary: { id: eve.id },
      consent: { from: 'eve@example.com', given: false },
    });
    expect(await vote(context, { request, voter: bob })).toMatchObject({ outcome: 'recorded' });
    expect(await consent(request, eve)).toMatchObject({
      state: 'approved',
      consent: { given: true, by: { id: eve.id } },
      grant: { holder: { id: eve.id } },
      votes: [{ person: { id: bob.id } }],
    });
  });

  test('is decided by the votes once the consent is there', async () => {
    const { context } = access.current;
    const { alice, bob, eve } = await cast();
    const request = await ask(context, alice, { role: 'read', beneficiary: eve });
    expect(await consent(request, await formerly(access.current, 'eve', ['engineering']))).toMatchObject({
      state: 'pending',
    });
    await expect(consent(request, eve)).rejects.toMatchObject({ code: 'conflict', message: /already/ });
    expect(await vote(context, { request, voter: bob })).toMatchObject({ outcome: 'approved' });
  });

  test('asks nobody else for consent, and neither of the two for a vote', async () => {
    const { context, person } = access.current;
    const { bob } = await cast();
    const alice = await person('alice', ['sre']);
    const eve = await person('eve', ['engineering', 'sre']);
    const request = await ask(context, alice, { role: 'read', beneficiary: eve });
    for (const by of [alice, bob]) {
      await expect(consent(request, by)).rejects.toMatchObject({
        code: 'forbidden',
        message: /Nobody asks you/,
      });
    }
    for (const voter of [alice, eve, await formerly(access.current, 'eve', ['sre'])]) {
      await expect(vote(context, { request, voter })).rejects.toMatchObject({
        code: 'forbidden',
        message: /your own request/,
      });
    }
  });

  test('ends when they refuse, with their words', async () => {
    const { context } = access.current;
    const { alice, bob, eve } = await cast();
    const request = await ask(context, alice, { role: 'read', beneficiary: eve });
    expect(await consent(request, eve, 'deny')).toMatchObject({
      state: 'denied',
      comments: [{ author: { id: eve.id }, text: 'I am on leave' }],
    });
    await expect(vote(context, { request, voter: bob })).rejects.toMatchObject({
      code: 'conflict',
      message: /denied already by eve@example.com/,
    });
  });

  test('is not approved by itself for who they were', async () => {
    const { context, person } = access.current;
    const { alice } = await cast();
    const eve = await person('eve', ['engineering', 'duty']);
    const [first, second] = [
      await ask(context, alice, { role: 'read', beneficiary: eve }),
      await ask(context, alice, { role: 'read', beneficiary: eve }),
    ];
    expect(first).toMatchObject({ state: 'pending', automatic: true });
    const offDuty = await person('eve', ['engineering']);
    await expect(consent(first, offDuty)).rejects.toMatchObject({
      code: 'forbidden',
      message: /after 1 of sre approve/,
    });
    expect(await countRows(context, 'access_grant where request_id = ?', [first.id])).toBe(0);
    expect(await consent(second, await person('eve', ['duty']))).toMatchObject({ state: 'approved' });
  });

  test('is held against the policy as they are by then', async () => {
    const { context, person } = access.current;
    const { alice, eve } = await cast();
    const request = await ask(context, alice, { role: 'free', beneficiary: eve });
    expect(request).toMatchObject({ state: 'pending', automatic: true });
    const left = await person('eve', []);
    await expect(consent(request, left)).rejects.toMatchObject({ code: 'forbidden' });
    const stale = { ...eve, groupsSeenAt: after(access.current.clock.now(), -13 * 3_600_000) };
    await expect(consent(request, stale)).rejects.toMatchObject({
      code: 'forbidden',
      message: /Sign in again/,
    });
    expect(await readRequest(context, { id: request.id })).toMatchObject({ state: 'pending', grant: null });
    expect(await consent(request, await person('eve', ['engineering']))).toMatchObject({ state: 'approved' });
  });

  test('is nothing that a workload asks for', async () => {
    const { context } = access.current;
    const { eve } = await cast();
    const migrator = await findWorkload(context, { named: 'migrator' });
    await expect(ask(context, migrator, { beneficiary: eve })).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('a request for a workload', () => {
  test('needs its owner, who then does not vote', async () => {
    const { context } = access.current;
    const { alice, bob, dana, erin } = await cast();
    const migrator = await findWorkload(context, { named: 'migrator' });
    const request = await ask(context, alice, { beneficiary: migrator });
    await expect(vote(context, { request, voter: erin })).rejects.toMatchObject({
      code: 'forbidden',
      message: /You answer for migrator/,
    });
    await expect(consent(request, bob)).rejects.toMatchObject({ code: 'forbidden' });
    await vote(context, { request, voter: bob });
    expect(await vote(context, { request, voter: dana })).toMatchObject({ outcome: 'recorded' });
    expect(await consent(request, erin)).toMatchObject({
      state: 'approved',
      grant: { holder: { id: migrator.id } },
    });
  });

  test('has the consent of an owner who asks themself', async () => {
    const { context } = access.current;
    const { erin } = await cast();
    const migrator = await findWorkload(context, { named: 'migrator' });
    expect(await ask(context, erin, { role: 'free', beneficiary: migrator })).toMatchObject({
      state: 'approved',
      consent: { from: 'erin@example.com', given: true, by: { id: erin.id } },
      grant: { holder: { id: migrator.id } },
    });
  });

  test('is not consented to by an owner of before', async () => {
    const { context, applyPolicy } = access.current;
    const { alice, erin } = await cast();
    const migrator = await findWorkload(context, { named: 'migrator' });
    const request = await ask(context, alice, { role: 'free', beneficiary: migrator });
    applyPolicy(VOTES_POLICY.replace('owner: erin@', 'owner: olga@'));
    try {
      await expect(consent(request, erin)).rejects.toMatchObject({ code: 'forbidden' });
    } finally {
      applyPolicy(VOTES_POLICY);
    }
  });
});

test('people are found by address in any case, on the account that they can sign in to', async () => {
  const { context, person, applyPolicy } = access.current;
  await formerly(access.current, 'frank', []);
  const frank = await person('frank', []);
  applyPolicy(
    `${VOTES_POLICY}identity: { oidc: { issuer: "https://idp.test.example", clientId: sallyport } }\n`,
  );
  try {
    expect(await findPerson(context, { named: 'Frank@Example.com' })).toMatchObject({ id: frank.id });
    expect(await findPerson(context, { named: frank.id })).toMatchObject({ id: frank.id });
  } finally {
    applyPolicy(VOTES_POLICY);
  }
  await expect(findPerson(context, { named: 'nobody@example.com' })).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('consent, the last vote, a refusal and a cancellation at once have one outcome', async () => {
  const { context } = access.current;
  const { alice, bob, eve } = await cast();
  for (let round = 0; round < 12; round += 1) {
    const request = await ask(context, alice, { role: 'read', beneficiary: eve });
    await Promise.allSettled([
      consent(request, eve),
      vote(context, { request, voter: bob }),
      consent(request, eve),
      ...(round % 3 === 0 ? [consent(request, eve, 'deny')] : []),
      ...(round % 3 === 1 ? [cancelRequest(context, { requestId: request.id, by: alice })] : []),
    ]);
    const after = await readRequest(context, { id: request.id });
    if (round % 3 === 2) expect(after.state).toBe('approved');
    expect(after.grant !== null).toBe(after.state === 'approved');
    if (after.state === 'approved') expect(after.consent?.given).toBe(true);
    const decided = `event where subject = ? and type in ('request.approved', 'request.denied', 'request.cancelled')`;
    expect(await countRows(context, decided, [request.id])).toBe(after.state === 'pending' ? 0 : 1);
  }
});

test('a freeze keeps consents and votes from granting, and both count once it is lifted', async () => {
  const { context } = access.current;
  const { alice, bob, eve, olga } = await cast();
  const request = await ask(context, alice, { role: 'read', beneficiary: eve });
  await freeze(context, { by: olga, reason: 'an incident' });
  try {
    await expect(consent(request, eve)).rejects.toMatchObject({ code: 'frozen', message: /an incident/ });
    await expect(vote(context, { request, voter: bob })).rejects.toMatchObject({ code: 'frozen' });
    await expect(ask(context, eve, { role: 'free' })).rejects.toMatchObject({ code: 'frozen' });
    expect(await ask(context, alice, { role: 'free', beneficiary: eve })).toMatchObject({ state: 'pending' });
    const denied = await ask(context, eve, { role: 'read' });
    expect(await vote(context, { request: denied, voter: bob, verdict: 'deny' })).toMatchObject({
      outcome: 'denied',
    });
  } finally {
    await unfreeze(context, { by: olga, reason: '' });
  }
  await vote(context, { request, voter: bob });
  expect(await consent(request, eve)).toMatchObject({ state: 'approved' });
});

test('votes and a freeze at once: what is granted was granted before, and nobody waits for anybody', async () => {
  const { context } = access.current;
  const { bob, eve, olga } = await cast();
  for (let round = 0; round < 6; round += 1) {
    const requests = await Promise.all(Array.from({ length: 6 }, () => ask(context, eve, { role: 'read' })));
    const moves = requests.map((request) => () => vote(context, { request, voter: bob }));
    moves.splice(round, 0, (() => freeze(context, { by: olga, reason: 'race' })) as never);
    const outcomes = await Promise.allSettled(moves.map((move) => move()));
    await unfreeze(context, { by: olga, reason: '' });
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'frozen' });
    }
    for (const { id } of requests) {
      const { state, votes } = await readRequest(context, { id });
      expect(votes).toHaveLength(state === 'approved' ? 1 : 0);
    }
  }
});
