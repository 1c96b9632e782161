/** A request whose ticket is looked up, decided by whoever is on call: both told by services over HTTP. */
import { beforeEach, expect, test } from 'vitest';
import { castVote } from '../../../src/access/cast-vote.ts';
import { requestAccess } from '../../../src/access/request-access.ts';
import { whoIsOnCall } from '../../../src/access/who-is-on-call.ts';
import type { Person } from '../../../src/core/identity.ts';
import { createOnCallSource } from '../../../src/lookups/on-call/on-call-source.ts';
import { createTicketSource } from '../../../src/lookups/tickets/ticket-source.ts';
import { TEST_POLICY, useTestAccess } from '../../support/access.ts';
import { sendJson, useHttpService } from './http-service.ts';

const access = useTestAccess({ secrets: { PAGERDUTY: 'pager-token', TRACKER: 'tracker-token' } });
const service = useHttpService();
let onCall: readonly string[] | 'down';

beforeEach(() => {
  onCall = ['dana'];
  const { url } = service.current;
  access.current.applyPolicy(`${TEST_POLICY.split('access:')[0]}
access:
  - name: prod
    who: { groups: [engineering] }
    to: { name: orders-db }
    roles: [write]
    ticket: { pattern: "OPS-[0-9]+", lookup: tracker }
    approval: { from: [{ onCall: payments }] }
tickets:
  - { name: tracker, url: "${url}/issues/{ticket}", token: { env: TRACKER }, expect: { pointer: /status, equals: open } }
onCall:
  - name: payments
    pagerDuty: { escalationPolicy: PT20YPA, url: "${url}", token: { env: PAGERDUTY } }
    fallback: { group: leads }
`);
  service.current.answer((asked, response) => {
    if (asked.pathname.startsWith('/issues/')) {
      sendJson(response, { status: asked.pathname === '/issues/OPS-1' ? 'open' : 'closed' });
    } else if (onCall === 'down') sendJson(response, {}, { status: 503 });
    else {
      const oncalls = onCall.map((name) => ({
        escalation_level: 1,
        start: null,
        end: null,
        user: { id: 'P1', type: 'user', name, email: `${name}@example.com` },
      }));
      sendJson(response, { oncalls, limit: 100, offset: 0, more: false, total: null });
    }
  });
});

/** As a process has it that has just started. */
function fresh() {
  const { context, clock } = access.current;
  const settings = { clock, readSecret: context.settings.readSecret, report: () => undefined };
  return { ...context, onCall: createOnCallSource(settings), tickets: createTicketSource(settings) };
}

function ask(context: ReturnType<typeof fresh>, requester: Person, ticket: string) {
  return requestAccess(context, {
    requester,
    resource: 'orders-db',
    role: 'write',
    durationMs: 3_600_000,
    reason: 'refund',
    ticket,
    incident: null,
    origin: null,
    idempotencyKey: `${ticket}-${Math.random()}`,
  });
}

const approval = (requestId: string, voter: Person) => ({
  requestId,
  voter,
  verdict: 'approve' as const,
  note: null,
  durationMs: null,
  platform: 'web',
});

test('whoever is on call decides, for a ticket that is open', async () => {
  const { person } = access.current;
  const [alice, dana, bob] = [
    await person('alice', ['engineering']),
    await person('dana', []),
    await person('bob', ['leads']),
  ];
  const context = fresh();
  await expect(ask(context, alice, 'OPS-2')).rejects.toThrow(/tracker says "closed" at \/status/);
  const request = await ask(context, alice, 'OPS-1');
  await expect(castVote(context, approval(request.id, bob))).rejects.toMatchObject({ code: 'forbidden' });
  expect((await castVote(context, approval(request.id, dana))).outcome).toBe('approved');
  expect(await whoIsOnCall(context, { resource: 'orders-db' })).toMatchObject([
    { schedule: 'payments', level: 1, people: [{ email: 'dana@example.com' }], fallback: null },
  ]);
});

test('while nobody knows who is on call the fallback group decides, and the end of the outage ends that', async () => {
  const { person, clock } = access.current;
  const [alice, dana, bob] = [
    await person('alice', ['engineering']),
    await person('dana', []),
    await person('bob', ['leads']),
  ];
  const context = fresh();
  onCall = 'down';
  const request = await ask(context, alice, 'OPS-1');
  expect(await whoIsOnCall(context, { resource: 'orders-db' })).toMatchObject([
    { people: [], asOf: null, fallback: 'leads' },
  ]);
  await expect(castVote(context, approval(request.id, dana))).rejects.toMatchObject({ code: 'forbidden' });
  onCall = ['dana'];
  clock.stepMs(5_000);
  await expect(castVote(context, approval(request.id, bob))).rejects.toMatchObject({ code: 'forbidden' });
  onCall = 'down';
  clock.stepMs(16 * 60_000);
  expect((await castVote(context, approval(request.id, bob))).outcome).toBe('approved');
});
