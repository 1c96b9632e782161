import { describe, expect, test } from 'vitest';
import type { Workload } from '../../../src/core/identity.ts';
import { ask, personIn } from './access-question.ts';

const HOUR_MS = 3_600_000;
const ANYBODY =
  '  - { name: anybody, who: { groups: [engineering] }, to: {}, roles: [read, write], approval: auto }\n';
const GLASS = `  - name: glass
    who: { groups: [sre] }
    to: {}
    roles: [write]
    maxDuration: 30m
    approval: { breakGlass: { review: { from: [{ group: leads, count: 2 }], within: 12h } } }
`;

const workload: Workload = {
  kind: 'workload',
  id: 'workload:migrator',
  name: 'migrator',
  ownerEmail: 'dana@example.com',
  claims: {},
};

describe('a policy that denies', () => {
  test('wins over one that allows, wherever it stands, and says its message', () => {
    const deny =
      '  - { name: freeze, effect: deny, who: { groups: [contractors] }, to: { labels: { env: prod } }, message: "Contractors work on staging." }\n';
    const identity = personIn('engineering', 'contractors');
    for (const text of [ANYBODY + deny, deny + ANYBODY]) {
      expect(ask(text, { identity })).toEqual({
        allowed: false,
        explanation: 'Contractors work on staging.',
        durationMaxMs: null,
        deniedBy: 'freeze',
        obstacle: null,
      });
      expect(ask(text)).toMatchObject({ allowed: true, policy: 'anybody' });
    }
  });

  test('is about every role unless it names some', () => {
    const deny = '  - { name: no-writes, effect: deny, who: {}, to: {}, roles: [write] }\n';
    expect(ask(ANYBODY + deny, { role: 'write' })).toMatchObject({
      allowed: false,
      explanation: 'The policy no-writes denies write on orders-db.',
    });
    expect(ask(ANYBODY + deny)).toMatchObject({ allowed: true });
    expect(ask(ANYBODY + deny.replace('roles: [write]', ''))).toMatchObject({ allowed: false });
  });

  test('means workloads, too, where it names nobody, and only those it names where it does', () => {
    const allow = '  - { name: ci, who: { workloads: [migrator] }, to: {}, roles: [read], approval: auto }\n';
    const deny = (who: string): string => `${allow}  - { name: no, effect: deny, who: ${who}, to: {} }\n`;
    expect(ask(allow, { identity: workload })).toMatchObject({ allowed: true });
    expect(ask(deny('{}'), { identity: workload })).toMatchObject({ deniedBy: 'no' });
    expect(ask(deny('{ workloads: [migrator] }'), { identity: workload })).toMatchObject({ deniedBy: 'no' });
    expect(ask(deny('{ groups: [engineering] }'), { identity: workload })).toMatchObject({ allowed: true });
  });

  test('also stops breaking the glass', () => {
    const deny = '  - { name: no, effect: deny, who: {}, to: {} }\n';
    const asked = {
      identity: personIn('sre'),
      kind: 'break-glass',
      role: 'write',
      durationMs: 60_000,
    } as const;
    expect(ask(GLASS, asked)).toMatchObject({ allowed: true });
    expect(ask(GLASS + deny, asked)).toMatchObject({ deniedBy: 'no' });
  });

  test('denies when its condition cannot be worked out, and one that allows does not allow then', () => {
    const when = '"int(request.ticket) > 100"';
    const deny = `${ANYBODY}  - { name: no, effect: deny, who: { when: ${when} }, to: {} }\n`;
    expect(ask(deny, { ticket: '7' })).toMatchObject({ allowed: true });
    expect(ask(deny, { ticket: '101' })).toMatchObject({ deniedBy: 'no' });
    expect(ask(deny, { ticket: 'T-7' })).toMatchObject({ deniedBy: 'no' });
    const allow = `  - { name: a, who: { when: ${when} }, to: {}, roles: [read], approval: auto }\n`;
    expect(ask(allow, { ticket: '101' })).toMatchObject({ allowed: true });
    expect(ask(allow, { ticket: 'T-7' })).toMatchObject({ allowed: false, obstacle: 'when' });
  });
});

describe('the kind of request', () => {
  test('decides whether a break-glass policy holds, and only it', () => {
    const asked = {
      identity: personIn('sre', 'engineering'),
      role: 'write',
      durationMs: 30 * 60_000,
    } as const;
    expect(ask(ANYBODY + GLASS, { ...asked, kind: 'break-glass' })).toMatchObject({
      allowed: true,
      policy: 'glass',
      approval: {
        kind: 'break-glass',
        review: {
          seats: [{ name: 'leads', count: 2, anyOf: ['group:leads'] }],
          withinMs: 12 * HOUR_MS,
          remindEveryMs: 4 * HOUR_MS,
        },
      },
      explanation:
        'members of sre may have write on orders-db for up to 30m, at once, and 2 of leads review it within 12h.',
    });
    expect(ask(ANYBODY + GLASS, asked)).toMatchObject({ policy: 'anybody' });
    expect(ask(GLASS, asked)).toMatchObject({
      allowed: false,
      explanation: 'No access policy gives write on orders-db to anyone but by breaking the glass.',
    });
    expect(ask(ANYBODY, { ...asked, kind: 'break-glass' })).toMatchObject({
      allowed: false,
      explanation: 'No access policy gives write on orders-db to anyone by breaking the glass.',
    });
  });

  test('is known to conditions', () => {
    const when = `  - { name: a, who: { when: "request.kind == 'extension'" }, to: {}, roles: [read], approval: auto }\n`;
    expect(ask(when, { kind: 'extension' })).toMatchObject({ allowed: true });
    expect(ask(when)).toMatchObject({ allowed: false });
  });
});

describe('the length', () => {
  const policy = (extendTo: string): string =>
    `  - { name: a, who: { groups: [engineering] }, to: {}, roles: [read], maxDuration: 2h, ${extendTo} approval: auto }\n`;

  test('of an extension is all of it, up to extendTo, or to maxDuration without one', () => {
    const longest = (text: string, kind: 'access' | 'extension'): (boolean | number | null)[] =>
      [2, 2.0001, 6, 6.0001].map((hours) => ask(text, { kind, durationMs: hours * HOUR_MS }).allowed);
    expect(longest(policy(''), 'extension')).toEqual([true, false, false, false]);
    expect(longest(policy('extendTo: 6h,'), 'extension')).toEqual([true, true, true, false]);
    expect(longest(policy('extendTo: 6h,'), 'access')).toEqual([true, false, false, false]);
    expect(ask(policy('extendTo: 6h,'), { kind: 'extension', durationMs: 7 * HOUR_MS })).toMatchObject({
      explanation: 'read on orders-db is given for at most 6h altogether.',
      durationMaxMs: 6 * HOUR_MS,
    });
  });
});

describe('the seats', () => {
  test('are filled by groups, people, owners of the resource and whoever is on call', () => {
    const policy = `  - name: a
    who: { groups: [engineering] }
    to: {}
    roles: [read]
    approval:
      from: [{ group: sre, count: 2 }, { person: Bob@Example.com }, { owner: resource }, { onCall: payments }, { onCall: payments, level: 2, count: 2 }]
`;
    const answer = ask(policy);
    if (!answer.allowed || answer.approval.kind !== 'votes') throw new Error(answer.explanation);
    expect(answer.approval.seats).toEqual([
      { name: 'sre', count: 2, anyOf: ['group:sre'] },
      { name: 'Bob@Example.com', count: 1, anyOf: ['person:bob@example.com'] },
      {
        name: 'owners of orders-db',
        count: 1,
        anyOf: ['person:dana@example.com', 'person:carol@example.com'],
      },
      { name: 'on call for payments', count: 1, anyOf: ['on-call:payments/1'] },
      { name: 'on call for payments, level 2', count: 2, anyOf: ['on-call:payments/2'] },
    ]);
    expect(answer.explanation).toContain(
      'after 2 of sre and Bob@Example.com and 1 of owners of orders-db and 1 on call for payments and 2 on call for payments, level 2 approve',
    );
  });

  test('come with what else a vote needs', () => {
    const approval =
      '{ from: [{ group: sre }], within: 40m, remindAfter: 5m, escalateTo: { group: leads, after: 15m }, notFromGroups: ["team-*"], stepUp: { maxAge: 5m } }';
    const policy = `  - { name: a, who: { groups: [engineering] }, to: {}, roles: [read], approval: ${approval} }\n`;
    expect(ask(policy)).toMatchObject({
      withinMs: 40 * 60_000,
      approval: {
        notFromGroups: ['team-*'],
        signInAgeMaxMs: 300_000,
        remindAfterMs: 300_000,
        escalation: { group: 'leads', afterMs: 900_000 },
      },
    });
  });
});

describe('a ticket', () => {
  const policy = (ticket: string): string =>
    `  - { name: a, who: { groups: [engineering] }, to: {}, roles: [read], ticket: ${ticket}, approval: auto }\n`;

  test('that is required must be there, and be the whole of the pattern', () => {
    const text = policy('{ pattern: "OPS-[0-9]+" }');
    const allowed = (ticket: string | null): boolean => ask(text, { ticket }).allowed;
    expect([null, 'OPS-1', 'OPS-', 'xOPS-1', 'OPS-1x', 'ops-1', 'OPS-1\n'].map(allowed)).toEqual([
      false,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(ask(text)).toMatchObject({
      obstacle: 'ticket',
      explanation: 'read on orders-db is not given like this. a: it needs a ticket of the form OPS-[0-9]+.',
    });
    expect(ask(text, { ticket: 'OPS-1' }).explanation).toContain('with a ticket of the form OPS-[0-9]+');
  });

  test('that is not required is checked when it is given', () => {
    const text = policy('{ required: false, pattern: "OPS-[0-9]+" }');
    expect(ask(text).allowed).toBe(true);
    expect(ask(text, { ticket: 'OPS-1' }).allowed).toBe(true);
    expect(ask(text, { ticket: 'T-1' }).allowed).toBe(false);
  });

  test('that keeps a naive pattern busy is judged at once', () => {
    const text = policy('{ pattern: "(a+)+b" }');
    expect(ask(text, { ticket: 'a'.repeat(100) }).allowed).toBe(false);
  });
});
