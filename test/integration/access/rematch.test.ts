/** A request can wait for a day. What counts is what the policy says when the last vote comes, not only when it was made. */
import { describe, expect, test } from 'vitest';
import { findWorkload } from '../../../src/access/beneficiary.ts';
import { castVote, type VoteResult } from '../../../src/access/cast-vote.ts';
import { consentToRequest } from '../../../src/access/consent-to-request.ts';
import { requestExtension } from '../../../src/access/request-extension.ts';
import type { RequestView } from '../../../src/access/views.ts';
import { after } from '../../../src/core/clock.ts';
import type { Person } from '../../../src/core/identity.ts';
import { useTestAccess } from '../../support/access.ts';
import { activeGrant, eventsOf, HOUR, jobsFor, MINUTE } from './emergencies.ts';
import { ask, countRows, VOTES_POLICY, vote } from './votes.ts';

const access = useTestAccess({ policy: VOTES_POLICY });

interface People {
  readonly alice: Person;
  readonly bob: Person;
  readonly dana: Person;
  readonly sam: Person;
}

async function people(): Promise<People> {
  const { person, applyPolicy } = access.current;
  applyPolicy(VOTES_POLICY);
  return {
    alice: await person('alice', ['engineering']),
    bob: await person('bob', ['sre']),
    dana: await person('dana', ['dba']),
    sam: await person('sam', ['security']),
  };
}

/** Before everything else that the section has. */
function withPolicy(policy: string): void {
  access.current.applyPolicy(VOTES_POLICY.replace('access:\n', `access:\n${policy}`));
}

function lastVote(request: RequestView, voter: Person): Promise<VoteResult> {
  return vote(access.current.context, { request, voter });
}

async function grantsOf(request: { id: string }): Promise<number> {
  return countRows(access.current.context, 'access_grant where request_id = ?', [request.id]);
}

const DENIES =
  '  - { name: frozen-zone, effect: deny, who: {}, to: { name: orders-db }, message: Not this week. }\n';
const twoGroups = (changes: string): string => `  - name: both-now
    who: { groups: [engineering] }
    to: { name: orders-db }
    roles: [write]
    maxDuration: 4h
    approval: ${changes}
`;

describe('what is denied by now is closed when the last vote comes', () => {
  test('by a policy that was written meanwhile: both sides read why, and nothing is granted', async () => {
    const { alice, bob, dana } = await people();
    const request = await ask(access.current.context, alice);
    await lastVote(request, bob);
    withPolicy(DENIES);
    const { outcome, request: closed } = await lastVote(request, dana);
    expect(outcome).toBe('closed');
    expect(closed).toMatchObject({
      state: 'denied',
      closed: { because: expect.stringContaining('Not this week.'), by: null },
      grant: null,
    });
    expect(await grantsOf(request)).toBe(0);
    expect(await eventsOf(access.current, request.id)).toEqual([
      'request.created',
      'vote.cast',
      'vote.cast',
      'request.denied',
    ]);
    expect(await jobsFor(access.current, 'sync-card', request.id)).toBeGreaterThanOrEqual(3);
    expect(
      await countRows(
        access.current.context,
        `outbox where payload::text like ? and payload::text like '%closing%'`,
        [`%${request.id}%`],
      ),
    ).toBe(1);
    await expect(vote(access.current.context, { request, voter: bob })).rejects.toThrow(
      /was closed already.*Not this week/,
    );
  });

  test('by quiet hours that began, and not a minute before', async () => {
    const { alice, bob } = await people();
    const { clock } = access.current;
    const timeOf = (minutes: number): string =>
      after(clock.now(), minutes * MINUTE)
        .toISOString()
        .slice(11, 16);
    const window = `{ from: "${timeOf(10)}", to: "${timeOf(100)}", timezone: UTC }`;
    access.current.applyPolicy(
      VOTES_POLICY.replace('  - name: one\n', `  - name: one\n    quietHours: [${window}]\n`),
    );
    const [early, late] = [
      await ask(access.current.context, alice, { role: 'read' }),
      await ask(access.current.context, alice, { role: 'read' }),
    ];
    clock.stepMs(8 * MINUTE);
    expect(await lastVote(early, bob)).toMatchObject({ outcome: 'approved' });
    clock.stepMs(3 * MINUTE);
    expect(await lastVote(late, bob)).toMatchObject({
      outcome: 'closed',
      request: { closed: { because: expect.stringContaining('does not hold') } },
    });
  });

  test('because its holder is not in the group any more', async () => {
    const { alice, bob, dana } = await people();
    const request = await ask(access.current.context, alice);
    await lastVote(request, bob);
    access.current.clock.stepMs(MINUTE);
    await access.current.person('alice', ['marketing']);
    expect(await lastVote(request, dana)).toMatchObject({ outcome: 'closed' });
  });

  test('because the resource is gone, or the policy gives less time than would be granted', async () => {
    const { alice, bob } = await people();
    const [gone, long, shorter] = [
      await ask(access.current.context, alice, { role: 'read' }),
      await ask(access.current.context, alice, { role: 'read' }),
      await ask(access.current.context, alice, { role: 'read' }),
    ];
    access.current.applyPolicy(
      VOTES_POLICY.replace('  - name: one\n', '  - name: one\n    maxDuration: 30m\n').replace(
        '    maxDuration: 30m\n    maxDuration: 1h',
        '',
      ),
    );
    expect(await lastVote(long, bob)).toMatchObject({ outcome: 'closed' });
    const less = {
      requestId: shorter.id,
      voter: bob,
      verdict: 'approve',
      note: null,
      platform: 'web',
    } as const;
    expect(await castVote(access.current.context, { ...less, durationMs: 30 * MINUTE })).toMatchObject({
      outcome: 'approved',
    });
    access.current.applyPolicy(VOTES_POLICY.replaceAll('orders-db', 'payments-db'));
    expect(await lastVote(gone, bob)).toMatchObject({
      outcome: 'closed',
      request: { closed: { because: expect.stringContaining('no resource named orders-db') } },
    });
  });

  test('because it needs a ticket by now, and has none', async () => {
    const { alice, bob } = await people();
    const request = await ask(access.current.context, alice, { role: 'read' });
    access.current.applyPolicy(VOTES_POLICY.replace('  - name: one\n', '  - name: one\n    ticket: {}\n'));
    expect(await lastVote(request, bob)).toMatchObject({
      outcome: 'closed',
      request: { closed: { because: expect.stringContaining('it needs a ticket') } },
    });
  });

  test('for more time of a grant, too', async () => {
    const { alice, bob, dana } = await people();
    const grantId = await activeGrant(access.current);
    const request = await requestExtension(access.current.context, {
      grantId,
      by: alice,
      byMs: HOUR,
      reason: 'not through',
      origin: null,
      idempotencyKey: `extend ${grantId}`,
    });
    await lastVote(request, bob);
    withPolicy(DENIES);
    expect(await lastVote(request, dana)).toMatchObject({
      outcome: 'closed',
      request: { grant: { state: 'active' } },
    });
  });

  test('when the consent comes last, for a workload as well', async () => {
    const { alice } = await people();
    const { context, person } = access.current;
    const request = await ask(context, alice, {
      role: 'free',
      beneficiary: await findWorkload(context, { named: 'migrator' }),
    });
    withPolicy(DENIES);
    const by = await person('erin', []);
    const consented = await consentToRequest(context, {
      requestId: request.id,
      by,
      verdict: 'approve',
      note: null,
      platform: 'web',
    });
    expect(consented).toMatchObject({
      state: 'denied',
      closed: { because: expect.stringContaining('Not this week') },
    });
    expect(await grantsOf(request)).toBe(0);
  });
});

describe('where others have to agree by now, both policies are satisfied', () => {
  test('votes that were cast stay, and who is asked besides is waited for', async () => {
    const { alice, bob, dana, sam } = await people();
    const request = await ask(access.current.context, alice);
    await expect(lastVote(request, sam)).rejects.toMatchObject({ code: 'forbidden' });
    await lastVote(request, bob);
    withPolicy(twoGroups('{ from: [{ group: security }] }'));
    expect(await lastVote(request, dana)).toMatchObject({
      outcome: 'recorded',
      request: {
        state: 'pending',
        tightened: { policy: 'both-now' },
        seats: [
          { name: 'sre', filledBy: [{ id: bob.id }] },
          { name: 'dba', filledBy: [{ id: dana.id }] },
          { name: 'security', filledBy: [] },
        ],
      },
    });
    expect(await lastVote(request, sam)).toMatchObject({ outcome: 'approved' });
    expect(await eventsOf(access.current, request.id)).toContain('request.tightened');
  });

  test('a larger number of the same group is one of them more', async () => {
    const { alice, bob, dana } = await people();
    const ben = await access.current.person('ben', ['sre']);
    const request = await ask(access.current.context, alice);
    await lastVote(request, bob);
    withPolicy(twoGroups('{ from: [{ group: sre, count: 2 }] }'));
    expect(await lastVote(request, dana)).toMatchObject({
      outcome: 'recorded',
      request: { seats: [{ name: 'sre', count: 2 }, { name: 'dba' }] },
    });
    expect(await lastVote(request, ben)).toMatchObject({ outcome: 'approved' });
  });

  test('fewer seats, an automatic policy and another version of the same text change nothing', async () => {
    const { alice, bob, dana } = await people();
    for (const policy of [twoGroups('{ from: [{ group: sre }] }'), twoGroups('auto'), '  # a comment\n']) {
      access.current.applyPolicy(VOTES_POLICY);
      const request = await ask(access.current.context, alice);
      withPolicy(policy);
      expect(await lastVote(request, bob)).toMatchObject({ outcome: 'recorded' });
      expect(await lastVote(request, dana)).toMatchObject({
        outcome: 'approved',
        request: { tightened: null },
      });
    }
  });

  test('what is asked of voters themselves is not made up for: the request is asked again', async () => {
    const { alice, bob, dana } = await people();
    for (const policy of [
      '{ from: [{ group: sre }, { group: dba }], stepUp: { maxAge: 5m } }',
      '{ from: [{ group: sre }, { group: dba }], notFromGroups: ["team-*"] }',
    ]) {
      access.current.applyPolicy(VOTES_POLICY);
      const request = await ask(access.current.context, alice);
      await lastVote(request, bob);
      withPolicy(twoGroups(policy));
      expect(await lastVote(request, dana)).toMatchObject({
        outcome: 'closed',
        request: { closed: { because: expect.stringContaining('ask again') } },
      });
    }
  });

  test('an approval for less does not move a request to another policy of the same file', async () => {
    const { alice, bob, dana } = await people();
    access.current.applyPolicy(
      VOTES_POLICY.replace(
        'access:\n',
        `access:\n${twoGroups('{ from: [{ group: security }] }').replace('4h', '30m').replace('both-now', 'short')}`,
      ),
    );
    const request = await ask(access.current.context, alice);
    await lastVote(request, bob);
    const less = {
      requestId: request.id,
      voter: dana,
      verdict: 'approve',
      note: null,
      platform: 'web',
    } as const;
    expect(await castVote(access.current.context, { ...less, durationMs: 10 * MINUTE })).toMatchObject({
      outcome: 'approved',
    });
  });

  test('the database lets a pending request need more, and never less', async () => {
    const { alice } = await people();
    const request = await ask(access.current.context, alice);
    const change = (seats: string, rest = ''): Promise<unknown> =>
      access.current.store
        .read()
        .execute(
          `update access_request set tightened_at = now(), tightened_by = 'x', approval = jsonb_set(approval, '{seats}', ?::jsonb)${rest} where id = ?`,
          [seats, request.id],
        );
    const sre = { name: 'sre', count: 1, anyOf: ['group:sre'] };
    const dba = { name: 'dba', count: 1, anyOf: ['group:dba'] };
    for (const seats of [
      [sre],
      [sre, { ...dba, anyOf: ['group:dba', 'group:all'] }],
      [{ ...sre, count: 0 }, dba],
    ]) {
      await expect(change(JSON.stringify(seats))).rejects.toThrow(/only then/);
    }
    await expect(change(JSON.stringify([sre, dba]), ` || '{"signInAgeMaxMs": 1}'`)).rejects.toThrow(
      /only then/,
    );
    await change(JSON.stringify([sre, { ...dba, count: 2 }, { ...sre, name: 'security' }]));
  });
});
