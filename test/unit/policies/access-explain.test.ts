import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { explainAccess } from '../../../src/policies/access/explain-access.ts';
import { matchAccess } from '../../../src/policies/access/match-policy.ts';
import { tries } from '../../support/thoroughness.ts';
import { personIn, questionTo } from './access-question.ts';

const ALL_KINDS = `  - { name: elsewhere, who: { groups: [engineering] }, to: { labels: { env: dev } }, roles: [read], approval: auto }
  - { name: writers, who: { groups: [engineering] }, to: {}, roles: [write], approval: auto }
  - { name: glass, who: { groups: [engineering] }, to: {}, roles: [read], approval: { breakGlass: { review: { from: [{ group: leads }] } } } }
  - { name: responders, who: { groups: [responders] }, to: {}, roles: [read], hours: [{ from: "22:00", to: "23:00", timezone: UTC }], ticket: {}, maxDuration: 30m, approval: auto }
  - { name: votes, who: { groups: [engineering] }, to: {}, roles: [read], maxDuration: 4h, approval: { from: [{ group: sre }] } }
  - { name: more-votes, who: { groups: [engineering], when: "request.reason != ''" }, to: {}, roles: [read], approval: { from: [{ group: dba }] } }
  - { name: contractors, effect: deny, who: { groups: [contractors] }, to: {} }
`;

describe('an explanation', () => {
  test('says of every policy why it does not hold, all the reasons, or what goes before it', () => {
    const { document, question } = questionTo(ALL_KINDS);
    const { answer, policies } = explainAccess(document, question);
    expect(answer).toMatchObject({ allowed: true, policy: 'votes' });
    expect(policies.map(({ policy, holds, wins, reasons }) => [policy, holds, wins, reasons])).toEqual([
      ['elsewhere', false, false, ['it is not about orders-db']],
      ['writers', false, false, ['it is about write, not read']],
      ['glass', false, false, ['it is for breaking the glass only']],
      [
        'responders',
        false,
        false,
        [
          'alice@example.com is not among responders',
          'it holds 22:00 to 23:00 (UTC)',
          'it needs a ticket',
          '1h is more than the 30m that it gives',
        ],
      ],
      ['votes', true, true, []],
      ['more-votes', true, false, ['it holds, but votes stands before it']],
      ['contractors', false, false, ['alice@example.com is not among contractors']],
    ]);
  });

  test('names the policy that denies, and what would have been', () => {
    const identity = personIn('engineering', 'contractors');
    const { document, question } = questionTo(ALL_KINDS, { identity });
    const { answer, policies } = explainAccess(document, question);
    expect(answer).toMatchObject({ allowed: false, deniedBy: 'contractors' });
    expect(policies.filter(({ holds }) => holds)).toEqual([
      {
        policy: 'votes',
        effect: 'allow',
        holds: true,
        wins: false,
        reasons: ['it holds, but contractors denies'],
      },
      {
        policy: 'more-votes',
        effect: 'allow',
        holds: true,
        wins: false,
        reasons: ['it holds, but contractors denies'],
      },
      { policy: 'contractors', effect: 'deny', holds: true, wins: true, reasons: [] },
    ]);
  });

  test('never disagrees with the decision', () => {
    const groups = ['engineering', 'responders', 'contractors', 'sre'];
    const asked = fc.record({
      identity: fc.subarray(groups).map((own) => personIn(...own)),
      kind: fc.constantFrom('access' as const, 'extension' as const, 'break-glass' as const),
      role: fc.constantFrom('read', 'write'),
      durationMs: fc.integer({ min: 60_000, max: 20_000_000 }),
      reason: fc.constantFrom('', 'because'),
      ticket: fc.constantFrom(null, 'OPS-1'),
      at: fc.date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true }),
    });
    fc.assert(
      fc.property(asked, (given) => {
        const { document, question } = questionTo(ALL_KINDS, given);
        const { answer, policies } = explainAccess(document, question);
        expect(answer).toEqual(matchAccess(document, question));
        const winners = policies.filter(({ wins }) => wins);
        expect(winners.map(({ policy }) => policy)).toEqual(
          answer.allowed ? [answer.policy] : answer.deniedBy === null ? [] : [answer.deniedBy],
        );
        for (const { holds, reasons, wins } of policies) expect(reasons.length > 0).toBe(!(holds && wins));
        const denies = policies.some(({ effect, holds }) => effect === 'deny' && holds);
        expect(answer.allowed).toBe(!denies && policies.some(({ holds }) => holds));
      }),
      { numRuns: tries({ byDay: 60, byNight: 2_000 }) },
    );
  });
});
