/**
 * Promise 1: what opens a target, a connection or the recordings is written down nowhere. A deployment
 * lives through a day with everything that touches secrets, and then everything it left is searched.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readApi } from '../../../src/demo/tour/api.ts';
import type { Tour } from '../../../src/demo/tour/step.ts';
import { CONNECT } from '../../../src/demo/tour/steps/connect.ts';
import { FIRST_VOTE } from '../../../src/demo/tour/steps/first-vote.ts';
import { MASKED_ROWS } from '../../../src/demo/tour/steps/masked-rows.ts';
import { REFUSED_DELETE } from '../../../src/demo/tour/steps/refused-delete.ts';
import { REQUEST } from '../../../src/demo/tour/steps/request.ts';
import { REVEAL } from '../../../src/demo/tour/steps/reveal.ts';
import { SECOND_VOTE } from '../../../src/demo/tour/steps/second-vote.ts';
import { waitFor } from '../../../src/demo/tour/wait-for.ts';
import type { WireSession } from '../../../src/web/wire.ts';
import { runProcess } from '../../integration/cli/harness.ts';
import { SOURCE_PROGRAM } from '../../support/program.ts';
import { runPsql } from '../../support/psql.ts';
import { startRedis, type TestRedis } from '../../support/redis.ts';
import { type Deployment, takeSteps, useDeployment } from './deployment.ts';
import { everyAnswer, everyExport, everyFile, everyKey, everyRow } from './haystacks.ts';
import { environmentsBelow, everyCommandLine, variableOf } from './processes.ts';
import { formsFound, type Needle } from './secret-search.ts';
import { workloadToken } from './workload-token.ts';

const MASTER_KEY = randomBytes(32);
const WORKLOAD_TOKEN = 'the token of the workload';
const CONNECT_SECRET = 'the secret that `sallyport connect` used';
const ALICE_ASKS = [REQUEST, FIRST_VOTE, SECOND_VOTE, REVEAL] as const;

it.each([
  ['plain', (secret: Buffer) => secret],
  ['base64', (secret: Buffer) => Buffer.from(secret.toString('base64'))],
  ['base64 of something around it', (secret: Buffer) => Buffer.from(around(secret, 4, 5).toString('base64'))],
  ['base64url, shifted by two', (secret: Buffer) => Buffer.from(around(secret, 5, 1).toString('base64url'))],
  ['hex', (secret: Buffer) => Buffer.from(secret.toString('hex'))],
  ['upper-case hex', (secret: Buffer) => Buffer.from(secret.toString('hex').toUpperCase())],
  ['a URL', (secret: Buffer) => Buffer.from(encodeURIComponent(secret.toString('latin1')))],
])('the search finds a secret that was written as %s, and only then', (_form, write) => {
  const secret = randomBytes(24);
  const planted = around(write(secret), 1_000, 1_000);
  expect(formsFound(planted, secret)).not.toEqual([]);
  expect(formsFound(planted, randomBytes(24))).toEqual([]);
});

describe.each([{ queue: 'PostgreSQL' }, { queue: 'Redis' }])('with jobs in $queue', ({ queue }) => {
  let redis: TestRedis | null = null;
  beforeAll(async () => {
    if (queue === 'Redis') redis = await startRedis();
  });
  afterAll(async () => {
    await redis?.stop();
  });
  const deployment = useDeployment({
    environment: () => ({
      LOG_LEVEL: 'trace',
      SALLYPORT_MASTER_KEY: MASTER_KEY.toString('base64'),
      ...(redis === null ? {} : { REDIS_URL: redis.url }),
    }),
  });
  const needles: Needle[] = [
    { name: 'the master key', bytes: MASTER_KEY },
    { name: 'the master key as it is configured', bytes: Buffer.from(MASTER_KEY.toString('base64')) },
  ];
  const hide = (name: string, text: string): void => void needles.push({ name, bytes: Buffer.from(text) });
  /** What clients printed. */
  const told: string[] = [];

  function expectNothingIn(haystack: Buffer, marker: string, hidden: readonly Needle[] = needles): void {
    // Without this a search in the wrong place would pass.
    expect(formsFound(haystack, Buffer.from(marker)), `${marker} is not even there`).toContain('plain');
    for (const { name, bytes } of hidden) expect([name, formsFound(haystack, bytes)]).toEqual([name, []]);
  }

  it('lives through a day: reveals, sessions, masked rows, denials', async () => {
    const { tour, shop } = deployment.current;
    for (const [role, { password }] of Object.entries(shop.credentials))
      hide(`the target's password of the ${role}`, password);
    await takeSteps(tour, ALICE_ASKS);
    hide('the secret that was replaced', passwordOf(tour));
    await takeSteps(tour, [REVEAL, CONNECT, MASKED_ROWS, REFUSED_DELETE]);
    hide('the secret that was revealed', passwordOf(tour));
    await tour.notebook.recall('sqlSession').close();
  });

  it('shows no secret in any process’s arguments, and in environments only where it is needed', async () => {
    const { current } = deployment;
    const token = await workloadToken(current);
    hide(WORKLOAD_TOKEN, token);
    const options = { url: current.publicUrl, token, configHome: current.directory.root };
    const asked = await runProcess(
      ['request', 'orders-db', '--role', 'write', '--because', 'the migration', '--wait'],
      options,
    );
    expect(asked.status, asked.stderr).toBe(0);
    const connected = await connectByCommand(current, token);
    try {
      const children = environmentsBelow(process.pid);
      const psql = children.find(({ environment }) => variableOf(environment, 'PGUSER') !== null);
      const revealed = psql === undefined ? null : variableOf(psql.environment, 'PGPASSWORD');
      expect(revealed).toMatch(/^\S{20,}$/);
      hide(CONNECT_SECRET, revealed ?? '');
      expectNothingIn(everyCommandLine(), current.directory.configFile);

      const ofClient = psql === undefined ? Buffer.alloc(0) : psql.environment;
      const notForClient = needles.filter(({ name }) => name !== CONNECT_SECRET);
      expectNothingIn(ofClient, 'PGSSLMODE', notForClient);

      const server = children.find(({ pid }) => pid === current.server.pid);
      expect(server && variableOf(server.environment, 'SALLYPORT_MASTER_KEY')).toBe(
        MASTER_KEY.toString('base64'),
      );
      const others = children.filter(({ pid }) => pid !== current.server.pid && pid !== psql?.pid);
      const notForOthers = needles.filter(({ name }) => name !== WORKLOAD_TOKEN);
      expectNothingIn(
        Buffer.concat(others.map(({ environment }) => environment)),
        'SALLYPORT_URL',
        notForOthers,
      );
    } finally {
      await connected.end();
    }
  });

  it('tells a client what is wrong with the target without telling how it logs in', async () => {
    const { tour, directory, target } = deployment.current;
    const url = tour.notebook.recall('connectionUrl');
    const file = join(directory.secrets, 'orders-db.app_rw');
    const right = readFileSync(file, 'utf8');
    const wrong = randomBytes(24).toString('base64url');
    hide('a wrong password of the target', wrong);
    writeFileSync(file, `${wrong}\n`);
    const refused = await runPsql({ url, commands: ['SELECT 1'] });
    writeFileSync(file, right);
    expect(refused.stderr).toContain('refused the login (28P01): the credential that Sallyport holds for it');

    await target.behave('refuse');
    const unreachable = await runPsql({ url, commands: ['SELECT 1'] });
    expect(unreachable.stderr).toContain('The target orders-db cannot be reached');
    await target.behave('forward');

    const mistaken = new URL(url);
    mistaken.password = 'not-the-secret';
    const denied = await runPsql({ url: mistaken.href, commands: ['SELECT 1'] });
    expect(denied.stderr).toContain('password authentication failed');
    told.push(refused.stderr, unreachable.stderr, denied.stderr);
    expectNothingIn(Buffer.from(told.join('\n')), 'orders-db');
  });

  it('keeps none in its database or its queue', async () => {
    const { current } = deployment;
    await endOfSessions(current.tour);
    const rows = await everyRow(current);
    expectNothingIn(rows, current.tour.notebook.recall('grantId'));
    const jobs = redis === null ? rows : await everyKey(redis.url);
    expectNothingIn(jobs, redis === null ? 'bullmq.' : ':chat:');
    expectNothingIn(jobs, 'sync-card');
  });

  it('logs none, at the most talkative level', () => {
    const log = Buffer.from(deployment.current.log());
    expectNothingIn(log, 'refused a connection');
    expectNothingIn(log, '/api/v1/grants/:id/reveal');
  });

  it('records none, neither in the files as they lie there nor in what they decrypt to', async () => {
    const { tour, directory } = deployment.current;
    expectNothingIn(everyFile(directory.state), tour.notebook.recall('sessionId'));
    const exports = await everyExport(tour);
    expectNothingIn(exports, 'SELECT id, card_number FROM payments');
    expectNothingIn(exports, 'DELETE FROM customers');
  });

  it('answers with none, whoever asks', async () => {
    const { tour } = deployment.current;
    const answers = await everyAnswer(tour);
    for (const marker of ['Alice Moreau', 'BEGIN PUBLIC KEY', 'Connection revealed', 'sallyport_'])
      expectNothingIn(answers, marker);
  });
});

function around(secret: Buffer, before: number, after: number): Buffer {
  return Buffer.concat([randomBytes(before), secret, randomBytes(after)]);
}

function passwordOf(tour: Tour): string {
  return decodeURIComponent(new URL(tour.notebook.recall('connectionUrl')).password);
}

/** Waits until every session has ended, and notes the first. */
async function endOfSessions(tour: Tour): Promise<void> {
  const { browser } = tour.notebook.recall('players').carol;
  const first = await waitFor('The end of the sessions', async () => {
    const { items } = await readApi<{ items: WireSession[] }>(
      { browser, publicUrl: tour.publicUrl },
      'sessions',
    );
    return items.some((session) => session.live) ? null : items.find((session) => session.counts.denied > 0);
  });
  tour.notebook.note('sessionId', first?.id ?? '');
}

/** `sallyport connect`, which runs psql; both are there when it returns. */
async function connectByCommand(deployment: Deployment, token: string): Promise<{ end(): Promise<void> }> {
  const child = spawn(SOURCE_PROGRAM, ['connect', 'orders-db', '--', '--no-psqlrc'], {
    env: { ...process.env, SALLYPORT_URL: deployment.publicUrl, SALLYPORT_TOKEN: token },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  child.stdin.write("SELECT 'it is open';\n");
  let output = '';
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    output += String(chunk);
    if (output.includes('it is open')) break;
  }
  expect(output).toContain('it is open');
  return {
    end: async () => {
      child.stdin.end('\\q\n');
      child.stdout.resume();
      await ended;
    },
  };
}
