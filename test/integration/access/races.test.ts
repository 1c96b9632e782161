import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { castVote } from '../../../src/access/cast-vote.ts';
import { cancelRequest, expireRequest } from '../../../src/access/close-request.ts';
import { readRequest } from '../../../src/access/read-access.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import type { Identity } from '../../../src/core/identity.ts';
import { useTestAccess } from '../../support/access.ts';
import { tries } from '../../support/thoroughness.ts';

const access = useTestAccess();

const open = async (requester: Identity): Promise<string> => {
  const request = await requestAccess(access.current.context, {
    requester,
    resource: 'orders-db',
    role: 'write',
    durationMs: 3_600_000,
    reason: 'race',
    ticket: null,
    incident: null,
    origin: null,
    idempotencyKey: randomUUID(),
  });
  return request.id;
};

const click = (
  requestId: string,
  voter: Identity,
  verdict: 'approve' | 'deny',
): ReturnType<typeof castVote> =>
  castVote(access.current.context, {
    requestId,
    voter,
    verdict,
    durationMs: null,
    note: 'race',
    platform: 'web',
  });

const count = async (sql: string, id: string): Promise<number> => {
  const [row] = await access.current.store.read().execute<{ count: string }[]>(sql, [id]);
  return Number(row?.count);
};

test('fifty concurrent approve clicks by three people make one grant', async () => {
  const { person } = access.current;
  const alice = await person('alice', ['engineering']);
  const voters = [
    await person('bob', ['sre']),
    await person('dana', ['dba']),
    await person('erin', ['sre', 'dba']),
  ];
  const requestId = await open(alice);
  const clicks = await Promise.allSettled(
    Array.from({ length: 50 }, (_, index) => click(requestId, voters[index % 3] ?? alice, 'approve')),
  );
  const outcomes = clicks.flatMap((one) => (one.status === 'fulfilled' ? [one.value.outcome] : []));
  expect(outcomes.filter((outcome) => outcome === 'approved')).toHaveLength(1);
  const refused = clicks.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  expect(refused.length + outcomes.length).toBe(50);
  for (const error of refused) expect(error).toMatchObject({ code: 'conflict' });
  expect(await count('select count(*) from access_grant where request_id = ?', requestId)).toBe(1);
  expect(
    await count(
      `select count(*) from outbox where job = 'issue-grant' and payload->>'grantId' =
    (select id from access_grant where request_id = ?)`,
      requestId,
    ),
  ).toBe(1);
});

type Move = 'approve-sre' | 'approve-dba' | 'approve-both' | 'deny' | 'cancel' | 'expire';
const MOVES: readonly Move[] = ['approve-sre', 'approve-dba', 'approve-both', 'deny', 'cancel', 'expire'];

test('whatever races, a request has one outcome, one grant at most, and a quorum of distinct people', {
  timeout: 120_000,
}, async () => {
  const { context, person, clock } = access.current;
  const alice = await person('alice', ['engineering']);
  const bob = await person('bob', ['sre']);
  const dana = await person('dana', ['dba']);
  const erin = await person('erin', ['sre', 'dba']);
  const run = async (requestId: string, move: Move): Promise<unknown> => {
    switch (move) {
      case 'approve-sre':
        return click(requestId, bob, 'approve');
      case 'approve-dba':
        return click(requestId, dana, 'approve');
      case 'approve-both':
        return click(requestId, erin, 'approve');
      case 'deny':
        return click(requestId, bob, 'deny');
      case 'cancel':
        return cancelRequest(context, { requestId, by: alice });
      case 'expire':
        return expireRequest(
          { ...context, clock: { now: () => new Date(clock.now().getTime() + 31 * 60_000) } },
          { requestId },
        );
    }
  };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...MOVES), { minLength: 2, maxLength: 12 }), async (moves) => {
      const requestId = await open(alice);
      await Promise.allSettled(moves.map((move) => run(requestId, move)));
      const request = await readRequest(context, { id: requestId });

      const decisions = await count(
        `select count(*) from event where subject = ? and type in
           ('request.approved', 'request.denied', 'request.cancelled', 'request.expired')`,
        requestId,
      );
      expect(decisions).toBe(request.state === 'pending' ? 0 : 1);
      expect(request.grant !== null).toBe(request.state === 'approved');
      const voters = request.votes.map((vote) => vote.person.id);
      expect(new Set(voters).size).toBe(voters.length);
      expect(voters).not.toContain(alice.id);
      if (request.state === 'approved') {
        const seated = request.seats.flatMap((seat) => seat.filledBy.map((one) => one.id));
        expect(new Set(seated).size).toBe(2);
      }
    }),
    { numRuns: tries({ byDay: 15, byNight: 400 }) },
  );
});
