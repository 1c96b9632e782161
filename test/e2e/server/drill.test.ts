/** `sallyport drill` against the real server, with the protections in place and with each of them missing. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { DrillReport, StepReport } from '../../../src/cli/drill/model.ts';
import { recordingPath } from '../../../src/recording/layout.ts';
import type { AlertAnswer } from '../../../src/web/schemas/alerts.ts';
import type { WireSession } from '../../../src/web/wire.ts';
import { type CliResult, runCli } from '../../support/command-line.ts';
import { share } from '../../support/thoroughness.ts';
import { CANARY, PROTECTED, ROWS_MAX, useDrillDeployment } from './drill-deployment.ts';

const deployment = useDrillDeployment();
/** A drill takes seconds of a processor: each day one of these besides those that hold everything, and nothing. */
const TODAY = share(['open', 'held', 'told', 'late'] as const, 4);
const COLUMNS = ['--masked', 'customers.email'];
const USUAL = [...COLUMNS, '--rows', String(ROWS_MAX), '--yes'];
/** Enough for a busy machine: what these tests are about is whether, not how soon. */
const PATIENT = ['--within', '20s', '--recorded-within', '40s', '--alerted-within', '60s'];

beforeEach(() => deployment.current.makeCanary());

async function as(name: string, groups: readonly string[]) {
  return { url: deployment.current.url, token: await deployment.current.tokenOf(name, groups) };
}

async function run(...more: string[]): Promise<CliResult> {
  const token = await deployment.current.tokenFile('ci');
  const args = ['drill', 'orders-db', '--token-file', token, ...USUAL, ...more];
  return runCli(args, await as('carol', ['responders']));
}

async function drill(
  ...more: string[]
): Promise<{ status: number | null; report: DrillReport; printed: string }> {
  const { status, stdout, stderr } = await run('--json', ...more);
  expect(stdout, stderr).not.toBe('');
  return { status, report: JSON.parse(stdout) as DrillReport, printed: stdout + stderr };
}

function step({ steps }: DrillReport, name: string): StepReport {
  const found = steps.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no step ${name}`);
  return found;
}

const textsOf = (found: StepReport, verdict: string): string[] =>
  found.checks.filter((check) => check.verdict === verdict).map(({ what, text }) => `${what}: ${text}`);

const verdictsOf = ({ steps }: DrillReport) =>
  Object.fromEntries(steps.map(({ name, verdict }) => [name, verdict]));

describe('a deployment that protects', () => {
  test('stops, records and tells of everything, and the report can be handed over', async () => {
    const { current } = deployment;
    const output = join(current.directory, 'drill.md');
    const others = await Promise.all([
      current.tokenFile('audience', { aud: 'https://elsewhere.example.com' }),
      current.tokenFile('repository', { repository: 'acme/other' }),
    ]);
    const { status, report, printed } = await drill(
      ...PATIENT,
      ...['--masked', 'public.payments.card_number', '--output', output],
      ...others.flatMap((file) => ['--must-refuse', file]),
    );
    expect(verdictsOf(report), printed).toEqual({
      tokens: 'passed',
      access: 'passed',
      masks: 'passed',
      bulk: 'passed',
      drop: 'passed',
      // The shop listens on this machine.
      around: 'noted',
      host: 'skipped',
      revoke: 'passed',
      recordings: 'passed',
    });
    expect({ status, outcome: report.outcome }).toEqual({ status: 0, outcome: 'passed' });
    expect(step(report, 'tokens').checks).toHaveLength(7);
    expect(textsOf(step(report, 'drop'), 'passed')).toEqual([
      'stopped: refused before it reached the target',
      'target: the table is there with its rows (read through the broker)',
      expect.stringMatching(/^recorded: in the recording: denied by /),
      'logged: session.commands-denied in the audit log',
      'alerted: told: web access-audit',
    ]);
    expect(textsOf(step(report, 'bulk'), 'passed')).toContain(
      `stopped: cut after ${ROWS_MAX} rows, and the session ended`,
    );
    expect(step(report, 'recordings').sessions.length).toBeGreaterThanOrEqual(6);

    const markdown = readFileSync(output, 'utf8');
    expect(markdown).toContain('**PASSED in');
    expect(markdown).toContain(`${current.url}/sessions/${step(report, 'drop').sessions[0]}`);
    const secrets = await current.shop.query<{ value: string }>(
      'select email as value from customers union all select card_number from payments',
    );
    const token = readFileSync(join(current.directory, 'ci.jwt'), 'utf8').trim();
    for (const value of [token, ...secrets.map((row) => row.value)])
      expect((markdown + printed).includes(value)).toBe(false);

    const carol = await current.tokenOf('carol', ['responders']);
    const { items: events } = await current.call<{ items: { type: string; data: object }[] }>(
      carol,
      `events?subject=${report.drill}`,
    );
    expect(events).toMatchObject([
      { type: 'drill.ended', data: { outcome: 'passed', failed: 0, unknown: 0 } },
      { type: 'drill.began', data: { resource: 'orders-db', workload: 'deployer', announced: true } },
    ]);
    const { items: alerts } = await current.call<{ items: AlertAnswer[] }>(
      carol,
      `alerts?since=${report.startedAt.slice(0, 10)}T00:00:00Z`,
    );
    expect(alerts.find(({ kind }) => kind === 'drill')).toMatchObject({
      facts: { who: 'deployer', resource: 'orders-db', state: 'over', problem: 'Played by carol.' },
    });
  });

  test.runIf(TODAY.includes('held'))(
    'also by holding a drop for approval, and by what the target itself says',
    async () => {
      const { current } = deployment;
      await current.protect({ ...PROTECTED, drop: 'held' });
      const reference = join(current.directory, 'reference');
      writeFileSync(reference, current.shop.url.reveal(), { mode: 0o600 });
      const { report, printed } = await drill(
        ...PATIENT,
        ...['--reference-file', reference, '--unannounced'],
        ...['--skip', 'tokens', 'masks', 'bulk', 'around', 'revoke'],
      );
      expect(textsOf(step(report, 'drop'), 'passed'), printed).toEqual([
        'stopped: held for approval, and withdrawn',
        'target: the table is there with its rows (read at the target itself)',
        'recorded: in the recording: held by drops, withdrawn',
      ]);
    },
  );
});

describe('a deployment that does not', () => {
  test.runIf(TODAY.includes('open'))(
    'neither masks, nor limits, nor denies: each is said, and nothing but the canary is lost',
    async () => {
      const { current } = deployment;
      await current.protect({ ...PROTECTED, masks: false, rowLimit: false, drop: 'allowed' });
      const [before] = await current.shop.query<{ count: string }>('select count(*) from customers');
      const { status, report } = await drill('--recorded-within', '5s', '--alerted-within', '5s');
      expect({ status, outcome: report.outcome }).toEqual({ status: 1, outcome: 'failed' });
      expect(textsOf(step(report, 'masks'), 'failed')).toEqual([
        'stopped: customers.email: VALUES ARE SHOWN as they are',
        expect.stringMatching(/^stopped: customers\.email: VALUES ARE SHOWN by way of: an alias, .*COPY/),
      ]);
      expect(textsOf(step(report, 'bulk'), 'failed')).toContainEqual(
        `stopped: NOT STOPPED: ${ROWS_MAX + 1} rows left at once`,
      );
      expect(textsOf(step(report, 'drop'), 'failed')).toEqual(
        expect.arrayContaining([
          `stopped: NOT STOPPED: ${CANARY} WAS DROPPED`,
          'target: THE TABLE IS GONE (read through the broker)',
          'recorded: in the recording, but as allowed',
        ]),
      );
      expect(await current.shop.query('select count(*) from customers')).toEqual([before]);
      expect(await current.shop.query(`select to_regclass('${CANARY}') as canary`)).toEqual([
        { canary: null },
      ]);
    },
  );

  test.runIf(TODAY.includes('told'))('tells nobody, and loses its recordings', async () => {
    const { current } = deployment;
    await current.protect({ ...PROTECTED, alerts: false });
    const carol = await current.tokenOf('carol', ['responders']);
    // A recording that vanishes while its session lives ends the session, and there would be nothing to drill.
    const deleting = setInterval(async () => {
      const { items } = await current
        .call<{ items: WireSession[] }>(carol, 'sessions')
        .catch(() => ({ items: [] }));
      for (const { id, endedAt } of items)
        if (endedAt !== null) rmSync(recordingPath(current.recordings, id), { force: true });
    }, 200);
    const { status, report } = await drill(
      ...['--skip', 'tokens', 'masks', 'around', 'revoke'],
      ...['--recorded-within', '4s', '--alerted-within', '6s'],
    ).finally(() => clearInterval(deleting));
    expect(status).toBe(1);
    expect(textsOf(step(report, 'bulk'), 'failed').join('\n')).toContain(
      'alerted: nobody is told: the policy has no alert stopped-session, and there is no sink',
    );
    expect(textsOf(step(report, 'drop'), 'failed').join('\n')).toContain('alerted: nobody is told');
    expect(textsOf(step(report, 'recordings'), 'failed').join('\n')).toContain(
      'There is no recording of session',
    );
  });

  test.runIf(TODAY.includes('late'))('stops it too late for the limit that was set', async () => {
    await deployment.current.protect(PROTECTED);
    const { status, report } = await drill(
      '--skip',
      'tokens',
      'masks',
      'bulk',
      'drop',
      'around',
      '--within',
      '1ms',
    );
    expect(status).toBe(1);
    expect(textsOf(step(report, 'revoke'), 'failed')).toEqual([
      'stopped: the session ended, but later than within 1 ms',
    ]);
  });
});

describe('what it does not begin', () => {
  test.each([
    ['without the right', ['engineering'], [], /members of the groups in `oversight`/],
    ['on a table that is no canary', ['responders'], ['--canary', 'customers'], /no canary/],
    ['on a column that is none', ['responders'], ['--masked', 'email'], /no column/],
  ])('%s', async (_what, groups, more, reason) => {
    const token = await deployment.current.tokenFile('ci');
    const args = ['drill', 'orders-db', '--token-file', token, ...USUAL, ...more];
    const { status, stdout, stderr } = await runCli(args, await as('alice', groups));
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(reason);
  });

  test('unasked, with a token of nobody, or with a person’s', async () => {
    const { current } = deployment;
    const carol = await as('carol', ['responders']);
    const token = await current.tokenFile('ci');
    const unasked = await runCli(['drill', 'orders-db', '--token-file', token, ...COLUMNS], carol);
    expect(unasked.stderr).toMatch(/As deployer, this takes access to orders-db \(env=prod\).*say --yes/);
    const other = await current.tokenFile('other', { repository: 'acme/other' });
    const refused = await runCli(['drill', 'orders-db', '--token-file', other, ...USUAL], carol);
    expect(refused.stderr).toContain('not accepted');
    const person = await current.tokenFile('person', {
      sub: 'dana',
      repository: 'none',
      email: 'dana@example.com',
      name: 'dana',
      groups: [],
    });
    const persons = await runCli(['drill', 'orders-db', '--token-file', person, ...USUAL], carol);
    expect(persons.stderr).toContain('a drill plays a workload');
    expect([unasked, refused, persons].map(({ status }) => status)).toEqual([1, 1, 1]);
  });

  test('a drop without a canary: it says how to make one, and that is no pass', async () => {
    const { current } = deployment;
    await current.shop.query(`drop table ${CANARY}`);
    const { status, report } = await drill(
      '--skip',
      'tokens',
      'masks',
      'bulk',
      'around',
      'revoke',
      'recordings',
    );
    expect({ status, verdict: step(report, 'drop').verdict }).toEqual({ status: 1, verdict: 'unknown' });
    expect(textsOf(step(report, 'drop'), 'unknown')).toEqual([
      expect.stringContaining(`create table if not exists "${CANARY}" (note text not null)`),
    ]);
  });
});
