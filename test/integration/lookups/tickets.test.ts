import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { Secret } from '../../../src/core/secret.ts';
import { createTicketSource } from '../../../src/lookups/tickets/ticket-source.ts';
import type { TicketAnswer } from '../../../src/policies/access/ticket.ts';
import { steppedClock, testPolicy } from '../../support/access.ts';
import { sendJson, useHttpService } from './http-service.ts';

const TOKEN = 'bot@example.com:7f3a-ticket-token';
const service = useHttpService();

function setUp(rest = '', path = '/rest/issue/{ticket}?fields=status', token: string | Error = TOKEN) {
  const { document } = testPolicy(
    `tickets: [{ name: tracker, url: "${service.current.url}${path}", token: { env: TRACKER }, timeout: 300ms, ${rest} }]`,
  );
  const lookup = document.tickets[0];
  if (lookup === undefined) throw new Error('no lookup');
  const clock = steppedClock();
  const faults: unknown[] = [];
  const report = (fault: unknown): void => void faults.push(fault);
  const readSecret = (): Secret<string> => {
    if (typeof token !== 'string') throw token;
    return new Secret(token);
  };
  const source = createTicketSource({ clock, readSecret, report });
  return { look: (ticket: string): Promise<TicketAnswer> => source.look(lookup, ticket), clock, faults };
}

const STATUS = 'expect: { pointer: /fields/status/name, equals: [Open, In Progress] }';
const issue = (name: unknown) => ({ key: 'OPS-1', fields: { status: { name } } });

describe('a ticket', () => {
  test('is good when the service answers, and says what is wanted of it', async () => {
    service.current.answer((_url, response) => sendJson(response, issue('In Progress')));
    expect(await setUp(STATUS).look('OPS-1')).toEqual({ good: true });
    expect(await setUp().look('OPS-1')).toEqual({ good: true });
    const [asked] = service.current.asked;
    expect(asked?.url.pathname).toBe('/rest/issue/OPS-1');
    expect(asked?.url.search).toBe('?fields=status');
    expect(asked?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  test('is not good when the token cannot be sent, and nobody is told the token', async () => {
    for (const token of [`${TOKEN}\nof the bot`, `${TOKEN}€`]) {
      const { look, faults } = setUp('', undefined, token);
      const said = JSON.stringify([await look('OPS-1'), faults]);
      expect(said).toContain('its token has characters that cannot be sent');
      expect(said).not.toContain('7f3a');
      expect(said).not.toContain('8364');
    }
    expect(service.current.asked).toEqual([]);
  });

  test('is asked about with a user and a password where the service wants that', async () => {
    service.current.answer((_url, response) => sendJson(response, issue('Open')));
    await setUp('authorization: basic').look('OPS-1');
    expect(service.current.asked[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from(TOKEN).toString('base64')}`,
    );
  });

  test('is not good for any other answer, and the reason says which', async () => {
    const answers: [body: unknown, status: number, reason: string][] = [
      [
        issue('Closed'),
        200,
        'tracker says "Closed" at /fields/status/name, and "Open" or "In Progress" is wanted',
      ],
      [issue(null), 200, 'tracker says null at /fields/status/name, and "Open" or "In Progress" is wanted'],
      [{ fields: {} }, 200, 'tracker says nothing at /fields/status/name'],
      [issue('Open'), 202, 'tracker answered 202'],
      [issue('Open'), 500, 'tracker answered 500'],
      [{}, 404, 'tracker does not know it'],
      [{}, 401, 'tracker does not let Sallyport see it (401)'],
    ];
    for (const [body, status, reason] of answers) {
      service.current.answer((_url, response) => sendJson(response, body, { status }));
      expect(await setUp(STATUS).look('OPS-1')).toEqual({ good: false, reason });
    }
  });

  test('cannot lead anywhere else than its own place in the URL', async () => {
    service.current.answer((_url, response) => sendJson(response, issue('Open')));
    const { look } = setUp(STATUS);
    const hostile = [
      '../../admin',
      'a/b',
      'a?b=c',
      'a#b',
      '%2e%2e',
      '$&',
      '@evil.example',
      '\\..\\x',
      '\ud800',
    ];
    for (const ticket of hostile) await look(ticket);
    expect(service.current.asked.map(({ url }) => url.pathname.split('/').length)).toEqual(
      hostile.map(() => 4),
    );
    expect(service.current.asked.every(({ url }) => url.search === '?fields=status')).toBe(true);
    expect(await look('..')).toMatchObject({ good: false });
    expect(await look('.')).toMatchObject({ good: false });
    expect(service.current.asked).toHaveLength(hostile.length);
  });
});

describe('a service that cannot be asked', () => {
  const failures: [name: string, how: Parameters<typeof service.current.answer>[0], problem: RegExp][] = [
    ['waits', () => undefined, /did not answer within 300ms/],
    [
      'stops half-way',
      (_url, response) => void response.writeHead(200).write('{'),
      /did not answer within 300ms/,
    ],
    ['hangs up', (_url, response) => void response.destroy(), /cannot be reached/],
    ['says too much', (_url, response) => void response.end('x'.repeat(1_048_577)), /larger than 1 MiB/],
    [
      'sends elsewhere',
      (_url, response) => void response.writeHead(307, { location: 'http://localhost:1/' }).end(),
      /redirects to http:\/\/localhost:1, which is not configured/,
    ],
    [
      'sends in a circle',
      (url, response) => void response.writeHead(302, { location: url.pathname }).end(),
      /redirects without end/,
    ],
  ];
  test.each(failures)('because it %s makes no ticket good', async (_name, how, problem) => {
    service.current.answer(how);
    const { look, faults } = setUp(STATUS);
    const answer = await look('OPS-1');
    expect(answer).toMatchObject({ good: false, reason: expect.stringMatching(problem) });
    expect(faults).toHaveLength(1);
    expect(JSON.stringify([answer, faults])).not.toContain(TOKEN);
  });

  test('because its token is not there says nothing of this server to whoever asks', async () => {
    const problem = new AppError(
      'unavailable',
      'the variable TRACKER_TOKEN is not set, nor is there /etc/tracker',
    );
    const { look, faults } = setUp('', undefined, problem);
    const answer = await look('OPS-1');
    expect(answer).toMatchObject({
      good: false,
      reason: expect.stringContaining('the log of Sallyport says why'),
    });
    expect(JSON.stringify(answer)).not.toMatch(/TRACKER_TOKEN|etc/);
    expect(JSON.stringify(faults)).toContain('TRACKER_TOKEN');
  });

  test('but sends to another place of its own is followed', async () => {
    service.current.answer((url, response) => {
      if (url.pathname === '/new') sendJson(response, issue('Open'));
      else response.writeHead(301, { location: '/new' }).end();
    });
    expect(await setUp(STATUS).look('OPS-1')).toEqual({ good: true });
  });
});

describe('an answer', () => {
  test('is kept for cacheFor, and shared by those who ask at once', async () => {
    service.current.answer((_url, response) => sendJson(response, issue('Open')));
    const { look, clock } = setUp(`${STATUS}, cacheFor: 30s`);
    await Promise.all(Array.from({ length: 10 }, () => look('OPS-1')));
    await look('OPS-2');
    expect(service.current.asked).toHaveLength(2);
    clock.stepMs(29_000);
    await look('OPS-1');
    expect(service.current.asked).toHaveLength(2);
    clock.stepMs(1_000);
    await look('OPS-1');
    expect(service.current.asked).toHaveLength(3);
  });

  test('that is no is kept for a moment only: tickets are mended', async () => {
    service.current.answer((_url, response) => sendJson(response, issue('Closed')));
    const { look, clock } = setUp(STATUS);
    expect(await look('OPS-1')).toMatchObject({ good: false });
    service.current.answer((_url, response) => sendJson(response, issue('Open')));
    clock.stepMs(5_000);
    expect(await look('OPS-1')).toEqual({ good: true });
  });
});
