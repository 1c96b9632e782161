import { beforeEach, describe, expect, test } from 'vitest';
import type { OnCallSource } from '../../../src/access/ports.ts';
import { Secret } from '../../../src/core/secret.ts';
import { createOnCallSource } from '../../../src/lookups/on-call/on-call-source.ts';
import type { OnCallSchedule } from '../../../src/policies/document/schema.ts';
import { steppedClock, testPolicy } from '../../support/access.ts';
import { sendJson, useHttpService } from './http-service.ts';

const TOKEN = 'y_NbAkKc66ryYTWUXYEu';
const service = useHttpService();

/** An entry of `GET /oncalls` as PagerDuty documents it. */
function shift(name: string, options: { level?: number; end?: string | null; email?: string } = {}) {
  const { level = 1, end = null, email = `${name}@example.com` } = options;
  return {
    escalation_policy: {
      id: 'PT20YPA',
      type: 'escalation_policy_reference',
      summary: 'Payments',
      self: 'https://api.pagerduty.com/escalation_policies/PT20YPA',
      html_url: 'https://acme.pagerduty.com/escalation_policies/PT20YPA',
    },
    escalation_level: level,
    schedule: { id: 'PI7DH85', type: 'schedule_reference', summary: 'Daily', self: null, html_url: null },
    user: {
      id: `P${name.toUpperCase()}`,
      type: 'user',
      summary: name,
      name,
      email,
      time_zone: 'Europe/Berlin',
      role: 'user',
      self: null,
      html_url: null,
    },
    start: end === null ? null : '2026-01-01T00:00:00Z',
    end,
  };
}

function page(oncalls: readonly unknown[], paging: { offset?: number; more?: boolean } = {}) {
  const { offset = 0, more = false } = paging;
  return { oncalls, limit: 100, offset, more, total: null };
}

interface Setup {
  readonly source: OnCallSource;
  readonly schedule: OnCallSchedule;
  readonly clock: ReturnType<typeof steppedClock>;
  readonly faults: unknown[];
}

function setUp(pagerDuty = 'escalationPolicy: PT20YPA', rest = ''): Setup {
  const { document } = testPolicy(
    `onCall: [{ name: payments, pagerDuty: { ${pagerDuty}, url: "${service.current.url}", token: { env: PAGERDUTY }, timeout: 300ms }, ${rest} }]`,
  );
  const schedule = document.onCall[0];
  if (schedule === undefined) throw new Error('no schedule');
  const clock = steppedClock();
  const faults: unknown[] = [];
  const readSecret = (): Secret<string> => new Secret(TOKEN);
  const report = (fault: unknown): void => void faults.push(fault);
  return { source: createOnCallSource({ clock, readSecret, report }), schedule, clock, faults };
}

describe('PagerDuty', () => {
  test('is asked as it documents, and everybody is known by level', async () => {
    service.current.answer((_url, response) =>
      sendJson(response, page([shift('bob', { level: 2 }), shift('dana'), shift('dana')])),
    );
    const { source, schedule } = setUp();
    const answer = await source.whoIsOnCall(schedule);
    expect(answer.people).toEqual([
      { level: 1, email: 'dana@example.com', name: 'dana' },
      { level: 2, email: 'bob@example.com', name: 'bob' },
    ]);
    expect(answer.problem).toBeNull();
    const [asked] = service.current.asked;
    expect(asked?.url.pathname).toBe('/oncalls');
    expect(Object.fromEntries(asked?.url.searchParams ?? [])).toEqual({
      'include[]': 'users',
      'escalation_policy_ids[]': 'PT20YPA',
      time_zone: 'UTC',
      limit: '100',
      offset: '0',
    });
    expect(asked?.headers).toMatchObject({
      authorization: `Token token=${TOKEN}`,
      accept: 'application/vnd.pagerduty+json;version=2',
    });
  });

  test('is asked for every page', async () => {
    service.current.answer((url, response) => {
      const offset = Number(url.searchParams.get('offset'));
      sendJson(response, page([shift(`person${offset}`)], { offset, more: offset < 200 }));
    });
    const { source, schedule } = setUp();
    const { people } = await source.whoIsOnCall(schedule);
    expect(people.map(({ name }) => name)).toEqual(['person0', 'person100', 'person200']);
  });

  test('that never stops paging is not believed', async () => {
    service.current.answer((_url, response) => sendJson(response, page([shift('dana')], { more: true })));
    const { source, schedule } = setUp();
    expect(await source.whoIsOnCall(schedule)).toMatchObject({ people: [], asOf: null });
    expect(service.current.asked).toHaveLength(20);
  });

  test('has one level for a schedule, whatever policies it is part of', async () => {
    service.current.answer((_url, response) =>
      sendJson(response, page([shift('dana', { level: 3 }), shift('dana'), shift('ghost', { email: '' })])),
    );
    const { source, schedule } = setUp('schedule: PI7DH85');
    const { people } = await source.whoIsOnCall(schedule);
    expect(people).toEqual([{ level: 1, email: 'dana@example.com', name: 'dana' }]);
    expect(service.current.asked[0]?.url.searchParams.get('schedule_ids[]')).toBe('PI7DH85');
  });
});

describe('an answer', () => {
  beforeEach(() => {
    service.current.answer((_url, response) => sendJson(response, page([shift('dana')])));
  });

  test('is used for cacheFor, by everybody, and asked for once at a time', async () => {
    const { source, schedule, clock } = setUp(undefined, 'cacheFor: 2m');
    await Promise.all(Array.from({ length: 20 }, () => source.whoIsOnCall(schedule)));
    expect(service.current.asked).toHaveLength(1);
    clock.stepMs(119_000);
    await source.whoIsOnCall(schedule);
    expect(service.current.asked).toHaveLength(1);
    clock.stepMs(1_000);
    await source.whoIsOnCall(schedule);
    expect(service.current.asked).toHaveLength(2);
  });

  test('is used for staleFor while there is no other, and then nobody is known to be on call', async () => {
    const { source, schedule, clock, faults } = setUp(undefined, 'cacheFor: 1m, staleFor: 15m');
    const first = await source.whoIsOnCall(schedule);
    service.current.answer((_url, response) => sendJson(response, { error: {} }, { status: 500 }));
    clock.stepMs(60_000);
    expect(await source.whoIsOnCall(schedule)).toEqual({ ...first, problem: 'it answered 500' });
    clock.stepMs(13 * 60_000);
    expect((await source.whoIsOnCall(schedule)).asOf).toEqual(first.asOf);
    clock.stepMs(60_000);
    expect(await source.whoIsOnCall(schedule)).toEqual({
      people: [],
      asOf: null,
      problem: 'it answered 500',
    });
    expect(faults).toContainEqual({ schedule: 'payments', problem: 'it answered 500' });
  });

  test('is not used past the end of a shift in it', async () => {
    const { source, schedule, clock } = setUp(undefined, 'cacheFor: 10m, staleFor: 30m');
    const end = new Date(clock.now().getTime() + 120_000).toISOString();
    service.current.answer((_url, response) => sendJson(response, page([shift('dana', { end })])));
    await source.whoIsOnCall(schedule);
    clock.stepMs(121_000);
    service.current.answer((_url, response) => sendJson(response, page([shift('bob')])));
    expect((await source.whoIsOnCall(schedule)).people).toMatchObject([{ name: 'bob' }]);
  });

  test('that ended with a shift is not used while the service is down: who came after is not known', async () => {
    const { source, schedule, clock } = setUp(undefined, 'cacheFor: 1m, staleFor: 30m');
    const end = new Date(clock.now().getTime() + 120_000).toISOString();
    service.current.answer((_url, response) => sendJson(response, page([shift('dana', { end })])));
    await source.whoIsOnCall(schedule);
    await service.current.stop();
    clock.stepMs(61_000);
    expect((await source.whoIsOnCall(schedule)).people).toMatchObject([{ name: 'dana' }]);
    clock.stepMs(60_000);
    expect(await source.whoIsOnCall(schedule)).toMatchObject({ people: [], asOf: null });
  });

  test('of an end that is past already, because clocks differ, does not make it asked all the time', async () => {
    const { source, schedule } = setUp();
    service.current.answer((_url, response) =>
      sendJson(response, page([shift('dana', { end: '2020-01-01T00:00:00Z' })])),
    );
    await source.whoIsOnCall(schedule);
    await source.whoIsOnCall(schedule);
    expect(service.current.asked).toHaveLength(1);
  });
});

describe('a service that does not answer', () => {
  const unknown = { people: [], asOf: null };

  test('in time, says so, and is left alone for a moment', async () => {
    const { source, schedule, clock } = setUp();
    expect(await source.whoIsOnCall(schedule)).toEqual({
      ...unknown,
      problem: 'it did not answer within 300ms',
    });
    await source.whoIsOnCall(schedule);
    expect(service.current.asked).toHaveLength(1);
    clock.stepMs(5_000);
    service.current.answer((_url, response) => sendJson(response, page([shift('dana')])));
    expect((await source.whoIsOnCall(schedule)).people).toHaveLength(1);
  });

  test('within the time, though it has begun to, says so as well', async () => {
    service.current.answer((_url, response) => void response.writeHead(200).write('{ "oncalls": ['));
    const { source, schedule } = setUp();
    expect(await source.whoIsOnCall(schedule)).toMatchObject({ problem: 'it did not answer within 300ms' });
  });

  test('because it was asked too often is left alone for as long as it says', async () => {
    service.current.answer((_url, response) =>
      sendJson(response, { error: {} }, { status: 429, headers: { 'ratelimit-reset': '20' } }),
    );
    const { source, schedule, clock } = setUp();
    expect(await source.whoIsOnCall(schedule)).toEqual({
      ...unknown,
      problem: 'it was asked too often and wants 20s of quiet',
    });
    clock.stepMs(19_000);
    await source.whoIsOnCall(schedule);
    expect(service.current.asked).toHaveLength(1);
    clock.stepMs(1_000);
    await source.whoIsOnCall(schedule);
    expect(service.current.asked).toHaveLength(2);
  });

  test('at all, or not as documented, is unknown', async () => {
    const problems: [how: Parameters<typeof service.current.answer>[0], problem: RegExp][] = [
      [(_url, response) => sendJson(response, {}, { status: 401 }), /^it refuses the token \(401\)$/],
      [(_url, response) => void response.end('<html>'), /^its answer is not understood$/],
      [(_url, response) => sendJson(response, { oncalls: [{ user: 'dana' }] }), /not understood/],
      [(_url, response) => void response.end('x'.repeat(1_048_577)), /larger than 1 MiB/],
      [(_url, response) => void response.destroy(), /cannot be reached/],
    ];
    for (const [how, problem] of problems) {
      service.current.answer(how);
      const { source, schedule } = setUp();
      const answer = await source.whoIsOnCall(schedule);
      expect(answer).toMatchObject(unknown);
      expect(answer.problem).toMatch(problem);
    }
    await service.current.stop();
    const { source, schedule } = setUp();
    expect((await source.whoIsOnCall(schedule)).problem).toMatch(/cannot be reached.*ECONNREFUSED/);
  });

  test('never shows the token', async () => {
    service.current.answer((_url, response) => void response.destroy());
    const { source, schedule, faults } = setUp();
    const answer = await source.whoIsOnCall(schedule);
    expect(JSON.stringify([answer, faults])).not.toContain(TOKEN);
  });

  test('but sends elsewhere is not followed, and the token stays here', async () => {
    service.current.answer(
      (_url, response) => void response.writeHead(302, { location: 'http://localhost:1/oncalls' }).end(),
    );
    const { source, schedule } = setUp();
    expect((await source.whoIsOnCall(schedule)).problem).toBe(
      'it redirects to http://localhost:1, which is not configured',
    );
  });
});
