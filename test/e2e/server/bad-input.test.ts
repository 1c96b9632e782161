/** What is wrong, malformed, too large or never said gets a clear answer or a timely close; others notice nothing. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeStartup } from '../../../src/broker/postgres/codec/startup.ts';
import { INCIDENT_CHANNEL } from '../../../src/demo/sample-policy.ts';
import { fieldOf } from '../../../src/demo/tour/chat.ts';
import type { Tour } from '../../../src/demo/tour/step.ts';
import { CONNECT } from '../../../src/demo/tour/steps/connect.ts';
import { FIRST_VOTE } from '../../../src/demo/tour/steps/first-vote.ts';
import { REQUEST } from '../../../src/demo/tour/steps/request.ts';
import { REVEAL } from '../../../src/demo/tour/steps/reveal.ts';
import { SECOND_VOTE } from '../../../src/demo/tour/steps/second-vote.ts';
import { waitFor } from '../../../src/demo/tour/wait-for.ts';
import { runProcess } from '../../integration/cli/harness.ts';
import { type PsqlResult, runPsql } from '../../support/psql.ts';
import { takeSteps, useDeployment } from './deployment.ts';
import { type ApiAnswer, type ApiRequest, askApi, sendHttp } from './http-requests.ts';
import {
  CUT_SHORT,
  openSilentConnections,
  REFUSED_PACKETS,
  type SilentConnection,
} from './malformed-packets.ts';
import { openRawConnection } from './raw-connection.ts';
import { quantile, type SteadySession, workSteadily } from './steady-session.ts';
import { passDeadline } from './stored-state.ts';
import { workloadToken } from './workload-token.ts';

const ACCESS = [REQUEST, FIRST_VOTE, SECOND_VOTE, REVEAL] as const;
const TEN_MEGABYTES = 10 * 1_048_576;
const CLOSED_WITHIN_MS = 12_000;
/** For a refusal that needs no waiting; the machine may be busy. */
const REFUSED_WITHIN_MS = 3_000;
const BASELINE_STATEMENTS = 30;

const deployment = useDeployment();
let steady: SteadySession;
let baselineMs: number;
let silent: readonly SilentConnection[];
let token: string;

beforeAll(async () => {
  const { current } = deployment;
  await takeSteps(current.tour, [...ACCESS, CONNECT]);
  steady = workSteadily(current.tour.notebook.recall('sqlSession'));
  const durations: number[] = [];
  await waitFor('Some statements to compare with', async () => {
    durations.push(...steady.takeDurationsMs());
    return durations.length >= BASELINE_STATEMENTS ? durations : null;
  });
  baselineMs = quantile(durations, 0.9);
  silent = openSilentConnections(current.brokerPort);
  token = await workloadToken(current);
});
afterAll(async () => {
  for (const { connection } of silent ?? []) connection.destroy();
  await steady?.stop();
});

describe('a connection string that does not fit', () => {
  it('is refused with the reason: a wrong secret, an unknown handle, another database', async () => {
    const url = deployment.current.tour.notebook.recall('connectionUrl');
    const variants: [(url: URL) => void, string][] = [
      [(wrong) => (wrong.password = 'not-the-secret'), 'the secret may have been replaced by a newer reveal'],
      [(wrong) => (wrong.username = 'g-aaaaaaaa'), 'password authentication failed for "g-aaaaaaaa"'],
      [(wrong) => (wrong.username = 'alice'), 'the user name is the handle of a grant'],
      [(wrong) => (wrong.pathname = '/payroll'), 'database "payroll" is not part of grant'],
    ];
    const answers = await Promise.all(
      variants.map(async ([change, expected]) => {
        const wrong = new URL(url);
        change(wrong);
        return { expected, result: await runPsql({ url: wrong.href, commands: ['SELECT 1'] }) };
      }),
    );
    for (const { expected, result } of answers)
      expect(result).toMatchObject({ code: 2, stderr: expect.stringContaining(expected) });
  });

  it('is refused once the grant has expired', async () => {
    const { current } = deployment;
    const tour = current.anotherTour();
    await takeSteps(tour, ACCESS);
    const url = tour.notebook.recall('connectionUrl');
    expect(await runPsql({ url, commands: ['SELECT 1'] })).toMatchObject({ code: 0, stdout: '1\n' });
    await passDeadline(current, [tour.notebook.recall('grantId')]);
    const refused = await runPsql({ url, commands: ['SELECT 1'] });
    expect(refused).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('the grant has ended'),
    });
  });
});

describe('a resource that does not exist', () => {
  it('is named in the answer, in chat, over the API and on the command line', async () => {
    const { tour, publicUrl, directory } = deployment.current;
    const { alice } = tour.notebook.recall('players');
    const inChat = await alice.chat.type(
      INCIDENT_CHANNEL,
      '/access request ordrs-db for 1h because "a typing mistake"',
    );
    expect(inChat.reply?.text).toContain('There is no resource named ordrs-db. Did you mean orders-db?');
    const overApi = await api('requests', {
      body: JSON.stringify({ resource: 'payroll', reason: 'curiosity' }),
    });
    expect(overApi).toMatchObject({ status: 404, problem: { code: 'not_found' } });
    expect(overApi.problem.detail).toContain('There is no resource named payroll. There is orders-db.');
    const options = { url: publicUrl, token, configHome: directory.root };
    const byCommand = await runProcess(['request', 'payroll', '--because', 'curiosity'], options);
    expect(byCommand).toMatchObject({ status: 1, stdout: '' });
    expect(byCommand.stderr).toBe('sallyport: There is no resource named payroll. There is orders-db.\n');
  });
});

describe('a first packet that is none', () => {
  it.each(REFUSED_PACKETS)('is answered and closed at once: %s', async (_what, bytes, sqlState) => {
    const connection = openRawConnection(deployment.current.brokerPort);
    connection.send(bytes);
    expect(await connection.closed).toBeLessThan(REFUSED_WITHIN_MS);
    expect(connection.answer).toMatch(new RegExp(`^E.*SFATAL\0.*C${sqlState}\0M[A-Z]`, 's'));
  });

  it.each(CUT_SHORT)('is closed at once when nothing more can follow: %s', async (_what, bytes) => {
    const connection = openRawConnection(deployment.current.brokerPort);
    connection.send(bytes);
    connection.finish();
    expect(await connection.closed).toBeLessThan(REFUSED_WITHIN_MS);
  });
});

describe('a client that is slow', () => {
  it('is served all the same when its first packet comes byte by byte', async () => {
    const connection = openRawConnection(deployment.current.brokerPort);
    for (const byte of encodeStartup({ parameters: [['user', 'g-abcd2345']] })) {
      connection.send(Buffer.from([byte]));
      await sleep(2);
    }
    await waitFor('The request for a login', async () =>
      connection.answer.startsWith('R') && connection.answer.includes('SCRAM-SHA-256') ? true : null,
    );
    connection.destroy();
  });
});

describe('a statement that cannot be judged', () => {
  it('is refused when it has 10 MB, and the session goes on', async () => {
    const results = await runScript(`SELECT '${'x'.repeat(TEN_MEGABYTES)}';\nSELECT 42;\n`);
    expect(results.stderr).toMatch(/ERROR: {2}.*10485\d+ bytes.*1048576/);
    expect(results.stderr.length).toBeLessThan(2_000);
    expect(results).toMatchObject({ code: 0, stdout: '42\n' });
  });

  it('is refused when it has 10 MB in the extended protocol, and the session goes on', async () => {
    const client = new pg.Client({
      ...withoutTlsName(deployment.current.tour),
      application_name: 'bad input',
    });
    await client.connect();
    try {
      const text = `SELECT '${'x'.repeat(TEN_MEGABYTES)}', $1::int`;
      await expect(client.query(text, [1])).rejects.toMatchObject({ code: '54000' });
      expect((await client.query('SELECT $1::int AS answer', [42])).rows).toEqual([{ answer: 42 }]);
    } finally {
      await client.end();
    }
  });

  it('is refused when it is not UTF-8, and the session goes on', async () => {
    const results = await runScript(
      Buffer.from("SELECT 'caf\xe9';\nSELECT '\xc0\xaf';\nSELECT 43;\n", 'latin1'),
    );
    expect(results.stderr.match(/ERROR: {2}The statement is not valid UTF-8/g)).toHaveLength(2);
    expect(results).toMatchObject({ code: 0, stdout: '43\n' });
  });
});

describe('an HTTP request that is not right', () => {
  it.each([
    ['JSON that ends too early', { body: '{"resource": "orders-db"' }, 400, 'invalid_input'],
    ['no JSON at all', { body: 'resource=orders-db' }, 400, 'invalid_input'],
    ['another content type', { body: '<request/>', type: 'application/xml' }, 400, 'invalid_input'],
    ['no content type', { body: 'resource', type: '' }, 400, 'invalid_input'],
    ['an array', { body: '[]' }, 400, 'invalid_input'],
    [
      'an unknown field',
      { body: '{"resource":"orders-db","reason":"x","admin":true}' },
      400,
      'invalid_input',
    ],
    [
      'a prototype as a field',
      { body: '{"__proto__":{"admin":true},"resource":"orders-db","reason":"x"}' },
      400,
      'invalid_input',
    ],
    [
      'a reason of 20,000 characters',
      { body: `{"resource":"orders-db","reason":"${'x'.repeat(20_000)}"}` },
      400,
      'invalid_input',
    ],
    [
      'a NUL in the reason',
      { body: '{"resource":"orders-db","reason":"before\\u0000after"}' },
      400,
      'invalid_input',
    ],
    ['two megabytes', { body: `{"resource":"${'x'.repeat(2 * 1_048_576)}"}` }, 413, 'too_large'],
  ])('is answered as a problem: %s', async (_what, request, status, code) => {
    const answer = await api('requests', request);
    expect(answer).toMatchObject({ status, type: 'application/problem+json', problem: { status, code } });
    expect(answer.problem.detail).not.toBe('');
    expect(answer.text).not.toMatch(/ at |node_modules|\.ts/);
  });

  it.each([
    'sessions/..%2f..%2fmaster.key/recording',
    'sessions/%2e%2e%2f%2e%2e%2fmaster.key/export?format=text',
    'sessions/s-%00/recording',
    'requests/r-%00',
    'grants/%00',
    'sessions?search=%00',
    'requests?limit=1e9',
    'requests?state=odd',
    `requests/${'x'.repeat(300)}`,
  ])('is refused without harm: GET /api/v1/%s', async (path) => {
    const answer = await api(path);
    expect([400, 404, 414]).toContain(answer.status);
    expect(answer.problem.code).toMatch(/^(invalid_input|not_found|too_large)$/);
  });

  it.each([
    ['/../../../../etc/passwd', /^HTTP\/1\.1 (400|403|404)/],
    ['/assets/..%2f..%2f..%2fpackage.json', /^HTTP\/1\.1 (400|403|404)/],
    ['/%2e%2e/%2e%2e/package.json', /^HTTP\/1\.1 (400|403|404)/],
    ['/assets/%00', /^HTTP\/1\.1 (400|404)/],
    ['//etc/passwd', /^HTTP\/1\.1 (400|403|404)/],
    ['/%', /^HTTP\/1\.1 (400|404)/],
  ])('reads no file outside the pages: %s', async (path, expected) => {
    const answer = await sendHttp(
      deployment.current.publicUrl,
      `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(expected);
    expect(answer).not.toMatch(/root:|"sallyport"/);
  });

  it.each([
    [
      'headers of a megabyte',
      `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(1_048_576)}\r\n\r\n`,
      /^HTTP\/1\.1 431/,
    ],
    ['no HTTP', 'hello there\r\n\r\n', /^HTTP\/1\.1 400/],
    [
      'a body of two lengths',
      'POST /api/v1/requests HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      /^HTTP\/1\.1 400/,
    ],
  ])('is answered and closed: %s', async (_what, text, expected) => {
    expect(await sendHttp(deployment.current.publicUrl, text)).toMatch(expected);
  });
});

describe('words in chat that are too many or disguised', () => {
  const type = (text: string): Promise<string> =>
    deployment.current.tour.notebook
      .recall('players')
      .alice.chat.type(INCIDENT_CHANNEL, text)
      .then(({ reply }) => reply?.text ?? '', String);

  it('are refused with the limit', async () => {
    expect(await type(`/access request orders-db for 1h because "${'long '.repeat(4_000)}"`)).toContain(
      '400: ',
    );
    expect(await type(`/access request orders-db for 1h because "${'x'.repeat(2_500)}"`)).toContain(
      '2000 characters',
    );
    expect(await type('/access request orders-db for 1h because "before\u0000after"')).not.toContain('500');
  });

  it('are shown as what they are', async () => {
    const { alice } = deployment.current.tour.notebook.recall('players');
    const reason = 'harmless \u202egnorw si gnihton\u2066 \u001b[31mred\u0007 \u200bdone';
    const said = await type(`/access request orders-db as read for 1h because "${reason}"`);
    const id = /^(r-[a-z0-9]+):/.exec(said)?.[1];
    expect(id, said).toBeDefined();
    const card = await waitFor('The card', async () => {
      const messages = await alice.chat.messages(INCIDENT_CHANNEL);
      return messages?.find((message) => fieldOf(message, 'ID') === id) ?? null;
    });
    const shown = JSON.stringify(card);
    expect(fieldOf(card, 'Reason')).toMatch(/^harmless .*gnorw si gnihton.*red.*done$/);
    expect(shown).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]|\\u001b|\\u0007/);
  });
});

describe('while all of this went on', () => {
  it('clients that say nothing were closed in time', async () => {
    for (const { how, connection } of silent) {
      expect([how, (await connection.closed) < CLOSED_WITHIN_MS]).toEqual([how, true]);
    }
  });

  it('somebody else kept working, without delay, and somebody new got in', async () => {
    const durations = steady.takeDurationsMs();
    expect(durations.length).toBeGreaterThan(BASELINE_STATEMENTS);
    expect(quantile(durations, 0.9)).toBeLessThan(Math.max(4 * baselineMs, 250));
    const { tour } = deployment.current;
    const fresh = await runPsql({ url: tour.notebook.recall('connectionUrl'), commands: ['SELECT 44'] });
    expect(fresh).toMatchObject({ code: 0, stdout: '44\n', stderr: '' });
  });

  it('the server blamed nobody but the callers', () => {
    const { server } = deployment.current;
    expect(server.stderr).toBe('');
    const errors = server.stdout.split('\n').filter((line) => /"level":(50|60)/.test(line));
    expect(errors).toEqual([]);
  });
});

/** Runs a script in one session of psql, which goes on after errors. */
async function runScript(script: Buffer | string): Promise<PsqlResult> {
  const { tour, directory } = deployment.current;
  const file = join(directory.root, 'script.sql');
  writeFileSync(file, script);
  return runPsql({ url: tour.notebook.recall('connectionUrl'), arguments: ['-q', '-f', file] });
}

/** The library takes libpq's `require` for more than it is. */
function withoutTlsName({ notebook }: Tour): pg.ClientConfig {
  const url = new URL(notebook.recall('connectionUrl'));
  url.search = '';
  return { connectionString: url.href, ssl: { rejectUnauthorized: false } };
}

/** As the sample CI. */
function api(path: string, request?: ApiRequest): Promise<ApiAnswer> {
  return askApi({ publicUrl: deployment.current.publicUrl, token }, path, request);
}
