/** One person is one person: under a second identity, and behind a workload of theirs. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { castVote, type VoteResult } from '../../../src/access/cast-vote.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import type { RequestView } from '../../../src/access/views.ts';
import type { Identity, Person } from '../../../src/core/identity.ts';
import { upsertPerson, upsertWorkload } from '../../../src/identity/persons.ts';
import { TEST_POLICY, useTestAccess } from '../../support/access.ts';

const access = useTestAccess();

/** The same person as the identity provider of before knew them. */
function formerly(name: string, groups: readonly string[]): Promise<Person> {
  const { identity, clock } = access.current;
  return upsertPerson(identity, {
    issuer: 'https://idp-of-before.example',
    subject: name,
    email: `${name.toUpperCase()}@example.com`,
    name,
    groups,
    toldAt: clock.now(),
  });
}

function ask(requester: Identity, incident: string | null = null): Promise<RequestView> {
  return requestAccess(access.current.context, {
    requester,
    resource: 'orders-db',
    role: 'write',
    durationMs: 3_600_000,
    reason: 'a test',
    ticket: null,
    incident,
    origin: null,
    idempotencyKey: randomUUID(),
  });
}

function approve(request: RequestView, voter: Identity): Promise<VoteResult> {
  return castVote(access.current.context, {
    requestId: request.id,
    voter,
    verdict: 'approve',
    durationMs: null,
    note: null,
    platform: 'api',
  });
}

describe('a person who is known twice', () => {
  test('cannot approve under the one identity what they asked for under the other', async () => {
    const request = await ask(await formerly('mallory', ['engineering']));
    const mallory = await access.current.person('mallory', ['engineering', 'sre']);
    await expect(approve(request, mallory)).rejects.toMatchObject({
      code: 'forbidden',
      message: /your own request/,
    });
  });

  test('fills one seat, not two', async () => {
    const request = await ask(await access.current.person('alice', ['engineering']));
    const groups = ['sre', 'dba'];
    expect(await approve(request, await formerly('bob', groups))).toMatchObject({ outcome: 'recorded' });
    await expect(approve(request, await access.current.person('bob', groups))).rejects.toMatchObject({
      code: 'conflict',
      message: /You have voted/,
    });
  });
});

test('whoever answers for a workload by now cannot approve for it, nor can the one who did before', async () => {
  const { identity, person, applyPolicy } = access.current;
  const workload = (owner: string) => ({
    name: 'migrator',
    owner,
    issuer: 'https://ci.example.com',
    claims: { repository: 'acme/orders' },
  });
  const policyOf = (owner: string) =>
    `${TEST_POLICY.replace('who: { groups: [engineering] }', 'who: { workloads: [migrator] }')}
workloads: [${JSON.stringify(workload(owner))}]`;

  applyPolicy(policyOf('dana@example.com'));
  const request = await ask(await upsertWorkload(identity, workload('dana@example.com'), {}));
  applyPolicy(policyOf('bob@example.com'));
  for (const name of ['dana', 'bob']) {
    await expect(approve(request, await person(name, ['sre', 'dba']))).rejects.toMatchObject({
      code: 'forbidden',
      message: /You answer for migrator/,
    });
  }
  expect(await approve(request, await person('erin', ['sre']))).toMatchObject({ outcome: 'recorded' });
  applyPolicy(TEST_POLICY);
});

describe('the incident of a request', () => {
  test.each(['access-audit', '@p-somebody', 'Inc-7', ''])('cannot be the channel "%s"', async (channel) => {
    const alice = await access.current.person('alice', ['engineering']);
    await expect(ask(alice, channel)).rejects.toMatchObject({
      code: 'invalid_input',
      message: /not an incident's channel\. Those are named inc-\*/,
    });
  });

  test('is a channel that the policy calls one', async () => {
    const alice = await access.current.person('alice', ['engineering']);
    expect(await ask(alice, 'inc-7')).toMatchObject({ incident: 'inc-7' });
  });
});
