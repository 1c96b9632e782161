import { describe, expect, test } from 'vitest';
import { explainRequest, type RequestToExplain } from '../../../src/access/explain-request.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import type { Identity } from '../../../src/core/identity.ts';
import type { TicketAnswer } from '../../../src/policies/access/ticket.ts';
import { TEST_POLICY, useTestAccess } from '../../support/access.ts';

const HOUR_MS = 3_600_000;
const WITH_TICKETS = `${TEST_POLICY.replace('    approval: { from', '    ticket: { pattern: "OPS-[0-9]+", lookup: tracker }\n    approval: { from')}
tickets: [{ name: tracker, url: "https://tracker.example.com/{ticket}", token: { env: TRACKER_TOKEN } }]
workloads: [{ name: migrator, owner: alice@example.com, issuer: "https://ci.example.com", claims: { repository: acme/orders } }]
`;
const access = useTestAccess({ policy: WITH_TICKETS });

/** The context with a tracker that answers like this, and what it was asked. */
function withTracker(answer: TicketAnswer = { good: true }) {
  const asked: string[] = [];
  const tickets = {
    look: async (_lookup: unknown, ticket: string): Promise<TicketAnswer> => {
      asked.push(ticket);
      return answer;
    },
  };
  return { context: { ...access.current.context, tickets }, asked };
}

const draft = (by: Identity, changes: Partial<RequestToExplain> = {}): RequestToExplain => ({
  by,
  user: null,
  kind: 'access',
  resource: 'orders-db',
  role: 'write',
  durationMs: HOUR_MS,
  reason: 'refund',
  ticket: 'OPS-1',
  incident: null,
  document: null,
  ...changes,
});

describe('an explanation', () => {
  test('is about whoever asks, with their groups as they are known', async () => {
    const alice = await access.current.person('alice', ['engineering']);
    const { context, asked } = withTracker();
    const explained = await explainRequest(context, draft(alice));
    expect(explained).toMatchObject({
      user: { email: 'alice@example.com', groups: ['engineering'] },
      outcome: 'votes',
      policy: 'prod-databases',
      policyVersion: context.policy.current().version,
      remarks: [],
    });
    expect(explained.seats.map(({ name }) => name)).toEqual(['sre', 'dba']);
    expect(asked).toEqual(['OPS-1']);
  });

  test('about another is for overseers, and says nothing about who is known', async () => {
    const alice = await access.current.person('alice', ['engineering']);
    const carol = await access.current.person('carol', ['responders']);
    const { context } = withTracker();
    for (const user of ['carol@example.com', 'nobody@example.com', 'ghost']) {
      await expect(explainRequest(context, draft(alice, { user }))).rejects.toMatchObject({
        code: 'forbidden',
      });
    }
    const explained = await explainRequest(context, draft(carol, { user: 'alice@example.com' }));
    expect(explained).toMatchObject({ user: { email: 'alice@example.com' }, outcome: 'votes' });
    await expect(explainRequest(context, draft(carol, { user: 'nobody@example.com' }))).rejects.toMatchObject(
      {
        code: 'not_found',
      },
    );
    expect(await explainRequest(context, draft(alice, { user: 'ALICE@example.com' }))).toMatchObject({
      outcome: 'votes',
    });
  });

  test('about a workload is for its owner as well', async () => {
    const alice = await access.current.person('alice', ['engineering']);
    const bob = await access.current.person('bob', ['sre']);
    const { context } = withTracker();
    expect(await explainRequest(context, draft(alice, { user: 'migrator' }))).toMatchObject({
      user: { kind: 'workload', name: 'migrator', groupsSeenAt: null },
      outcome: 'refused',
    });
    await expect(explainRequest(context, draft(bob, { user: 'migrator' }))).rejects.toMatchObject({
      code: 'forbidden',
    });
  });

  test('of another policy asks nobody what that policy wants asked, and says so', async () => {
    const alice = await access.current.person('alice', ['engineering']);
    const carol = await access.current.person('carol', ['engineering', 'responders']);
    const { context, asked } = withTracker({ good: false, reason: 'never asked' });
    const document = WITH_TICKETS.replace(
      '[{ group: sre, count: 1 }, { group: dba, count: 1 }]',
      '[{ group: leads }]',
    );
    const explained = await explainRequest(context, draft(carol, { document }));
    expect(explained).toMatchObject({
      outcome: 'votes',
      remarks: [expect.stringContaining('taken for good')],
    });
    expect(explained.seats.map(({ name }) => name)).toEqual(['leads']);
    expect(asked).toEqual([]);
    expect(explained.policyVersion).not.toBe(context.policy.current().version);
    await expect(explainRequest(context, draft(carol, { document: 'access: [{}]' }))).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('1:10: access[0].name: this key is missing'),
    });
    await expect(explainRequest(context, draft(alice, { document }))).rejects.toMatchObject({
      code: 'forbidden',
      message: /overseers and to whom policy.who names/,
    });
  });

  test('says what a request would then be told', async () => {
    const alice = await access.current.person('alice', ['engineering']);
    const { context } = withTracker({ good: false, reason: 'tracker does not know it' });
    const explained = await explainRequest(context, draft(alice));
    expect(explained).toMatchObject({ outcome: 'refused', policy: null });
    const request = {
      requester: alice,
      resource: 'orders-db',
      role: 'write',
      durationMs: HOUR_MS,
      reason: 'refund',
      ticket: 'OPS-1',
      incident: null,
      origin: null,
      idempotencyKey: 'one',
    };
    await expect(requestAccess(context, request)).rejects.toMatchObject({
      code: 'forbidden',
      message: explained.explanation,
    });
    expect(explained.explanation).toBe(
      'write on orders-db is not given like this. prod-databases: the ticket OPS-1 does not count: tracker does not know it.',
    );
  });
});

describe('a ticket', () => {
  const request = (
    requester: Identity,
    changes: { ticket: string | null; role?: string | null; key: string },
  ) => ({
    requester,
    resource: 'orders-db',
    role: changes.role === undefined ? 'write' : changes.role,
    durationMs: null,
    reason: 'refund',
    ticket: changes.ticket,
    incident: null,
    origin: null,
    idempotencyKey: changes.key,
  });

  test('is asked about once for a request, though several roles want it', async () => {
    const alice = await access.current.person('alice', ['engineering']);
    const { context, asked } = withTracker();
    const made = await requestAccess(context, request(alice, { ticket: 'OPS-2', role: null, key: 'roles' }));
    expect(made).toMatchObject({ state: 'pending', role: 'read', ticket: 'OPS-2' });
    expect(asked).toEqual(['OPS-2']);
  });

  test('is not asked about for somebody whom no policy means, nor one of another form', async () => {
    const mallory = await access.current.person('mallory', ['marketing']);
    const alice = await access.current.person('alice', ['engineering']);
    const { context, asked } = withTracker();
    await expect(requestAccess(context, request(mallory, { ticket: 'OPS-3', key: 'm' }))).rejects.toThrow();
    await expect(requestAccess(context, request(alice, { ticket: 'T-3', key: 't' }))).rejects.toThrow(
      /not a ticket of the form/,
    );
    await expect(requestAccess(context, request(alice, { ticket: null, key: 'n' }))).rejects.toThrow(
      /needs a ticket/,
    );
    expect(asked).toEqual([]);
  });
});
