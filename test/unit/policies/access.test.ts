import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupClaim, groupSeat } from '../../../src/core/claim.ts';
import type { Person } from '../../../src/core/identity.ts';
import { matchAccess } from '../../../src/policies/access/match-policy.ts';
import { quorumMet, seatVoters } from '../../../src/policies/access/quorum.ts';
import { TEST_POLICY, testPolicy } from '../../support/access.ts';

const HOUR_MS = 3_600_000;
const { document } = testPolicy(TEST_POLICY);

const person = (...groups: string[]): Person => ({
  kind: 'person',
  id: 'p-1',
  email: 'someone@example.com',
  name: 'Someone',
  groups,
  groupsSeenAt: new Date(),
});

const ask = (identity: Person, role: string, durationMs: number): ReturnType<typeof matchAccess> => {
  const resource = document.resources[0];
  if (resource === undefined) throw new Error('the policy has no resource');
  return matchAccess(document, {
    identity,
    kind: 'access',
    resource,
    role,
    durationMs,
    reason: 'r',
    ticket: null,
    ticketAnswers: null,
    incident: null,
    at: new Date(),
  });
};

describe('who may have what', () => {
  test('an automatic policy goes before one that needs votes', () => {
    const answer = ask(person('engineering', 'sre'), 'read', HOUR_MS);
    expect(answer).toMatchObject({ allowed: true, policy: 'sre-on-call-read', approval: { kind: 'auto' } });
  });

  test('outside its condition the next policy decides', () => {
    const answer = ask(person('engineering', 'sre'), 'read', HOUR_MS + 1_000);
    expect(answer).toMatchObject({ allowed: true, policy: 'prod-databases', approval: { kind: 'votes' } });
  });

  test('the explanation says who may have it, for how long, and who has to agree', () => {
    expect(ask(person('engineering'), 'write', HOUR_MS).explanation).toBe(
      'members of engineering may have write on orders-db for up to 4h, after 1 of sre and 1 of dba approve.',
    );
  });

  test('a refusal says what is missing: the group, the role or the time', () => {
    expect(ask(person('marketing'), 'write', HOUR_MS).explanation).toMatch(
      /for members of engineering. You are none/,
    );
    expect(ask(person('engineering'), 'admin', HOUR_MS).explanation).toBe(
      'orders-db has no role admin. It has read, write.',
    );
    expect(ask(person('engineering'), 'write', 5 * HOUR_MS).explanation).toMatch(/at most 4h/);
  });
});

describe('quorum', () => {
  const seats = [groupSeat('sre', 1), groupSeat('dba', 1)];

  test('one person in two groups fills one seat', () => {
    expect(quorumMet(seats, [{ id: 'erin', claims: ['sre', 'dba'].map(groupClaim) }])).toBe(false);
    expect(
      quorumMet(seats, [
        { id: 'erin', claims: ['sre', 'dba'].map(groupClaim) },
        { id: 'erin', claims: ['sre', 'dba'].map(groupClaim) },
      ]),
    ).toBe(false);
  });

  test('people move to other seats when that seats one more', () => {
    const voters = [
      { id: 'erin', claims: ['sre', 'dba'].map(groupClaim) },
      { id: 'bob', claims: ['sre'].map(groupClaim) },
    ];
    expect(seatVoters(seats, voters)).toEqual([['bob'], ['erin']]);
  });

  test('more votes than needed are as good as enough', () => {
    const many = ['a', 'b', 'c'].map((id) => ({ id, claims: ['sre', 'dba'].map(groupClaim) }));
    expect(quorumMet(seats, many)).toBe(true);
  });

  test('agrees with trying every assignment, for any seats and voters', () => {
    const groups = ['x', 'y', 'z'];
    const arbitrary = fc.record({
      seats: fc.array(
        fc
          .tuple(fc.constantFrom(...groups), fc.integer({ min: 1, max: 2 }))
          .map(([group, count]) => groupSeat(group, count)),
        { minLength: 1, maxLength: 3 },
      ),
      voters: fc.array(fc.subarray(groups), { maxLength: 5 }),
    });
    fc.assert(
      fc.property(arbitrary, (given) => {
        const voters = given.voters.map((own, index) => ({ id: `v${index}`, claims: own.map(groupClaim) }));
        const chairs = given.seats.flatMap((seat) =>
          Array.from({ length: seat.count }, () => seat.anyOf[0] ?? ''),
        );
        const possible = (index: number, used: ReadonlySet<string>): boolean =>
          index === chairs.length ||
          voters.some(
            (voter) =>
              !used.has(voter.id) &&
              voter.claims.includes(chairs[index] ?? '') &&
              possible(index + 1, new Set([...used, voter.id])),
          );
        expect(quorumMet(given.seats, voters)).toBe(possible(0, new Set()));
        const seated = seatVoters(given.seats, voters).flat();
        expect(new Set(seated).size).toBe(seated.length);
      }),
    );
  });
});
