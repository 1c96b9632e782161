/** What an operator can get wrong: the file, the environment, the ports, the arguments, the order of starting. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { REQUEST } from '../../../src/demo/tour/steps/request.ts';
import { runProcess } from '../../integration/cli/harness.ts';
import { freePort } from '../../support/free-port.ts';
import type { ServerProcess } from '../../support/server-process.ts';
import { share } from '../../support/thoroughness.ts';
import { takeSteps, useDeployment } from './deployment.ts';

const STACK = /\n\s+at |node_modules|\.ts:\d/;
/** A server that cannot start says so before anybody has lost patience; the machine may be busy. */
const GIVES_UP_WITHIN_MS = 60_000;

const deployment = useDeployment();

describe('a file that is not valid', () => {
  it.concurrent.each([
    ['is no YAML', 'resources:\n  - name: a\n bad: [', [/:3:\d+: /]],
    [
      'holds mistakes of several kinds',
      severalMistakes(),
      [
        /:2:5: resources\[0\]\.address: /,
        /:5:\d+: resources\[0\]\.credential\.password: a secret is never written in this file/,
        /:8:5: access\[0\]\.who: /,
        /:13:1: colour: /,
      ],
    ],
    ['expands without end', aliasBomb(), [/:1:1: .*alias/i]],
    ['is not text', randomBytes(2_000).toString('latin1'), [/:\d+:\d+: /]],
    [
      'is larger than a policy can be',
      `# ${'x'.repeat(2 * 1_048_576)}\n`,
      [/:1:1: the file is larger than 1 MiB/],
    ],
  ])('stops the start with every problem where it is: %s', async (what, text, expected) => {
    const configFile = join(deployment.current.directory.root, `${what.replaceAll(' ', '-')}.yaml`);
    writeFileSync(configFile, text);
    const said = await giveUp(deployment.current.launch({ configFile }));
    for (const problem of expected)
      expect(said).toMatch(new RegExp(configFile.replaceAll('.', '\\.') + problem.source));
    expect(said).toMatch(/^sallyport: \d+ problems? in the configuration:\n/);
    expect(said).not.toContain('hunter2');
  });

  it('stops the start when it is not there, with what to do', async () => {
    const configFile = join(deployment.current.directory.root, 'nothere.yaml');
    const said = await giveUp(deployment.current.launch({ configFile }));
    expect(said).toMatch(/^sallyport: cannot read .*nothere\.yaml: .*Name another file with --config/);
  });

  it('leaves the running policy as it was when it is reloaded, and says so; the next good one applies', async () => {
    const { tour, server, directory, query } = deployment.current;
    const good = readFileSync(directory.configFile, 'utf8');
    const versions = () => query<{ version: string }>('select version from policy_version order by version');
    const before = await versions();
    writeFileSync(directory.configFile, good.replace('maxDuration: 4h', 'maxDuration: a while'));
    server.hangUp();
    await server.waitForOutput('access[0].maxDuration');
    const refusal = server.stdout.split('\n').find((line) => line.includes('the policy was not reloaded'));
    expect(JSON.parse(refusal ?? '{}')).toMatchObject({
      problem: expect.stringMatching(/sallyport\.yaml:\d+:\d+: access\[0\]\.maxDuration: /),
      version: before.at(-1)?.version,
    });
    expect(server.stdout + server.stderr).not.toMatch(STACK);
    expect(server.running).toBe(true);
    await takeSteps(tour, [REQUEST]);
    expect(await versions()).toEqual(before);

    const { alice } = tour.notebook.recall('players');
    const policy = parse(good) as { chat: { web: { channels: string[] } } };
    policy.chat.web.channels.push('inc-4712-search');
    writeFileSync(directory.configFile, stringify(policy));
    server.hangUp();
    await server.waitForOutput('the policy was reloaded');
    expect((await alice.chat.state()).channels.map(({ name }) => name)).toContain('inc-4712-search');
    expect(await versions()).toHaveLength(before.length + 1);
  });
});

describe('surroundings that do not fit', () => {
  it.concurrent.each(['server', 'broker'] as const)(
    'names the port of the %s that another program uses',
    async (part) => {
      const { publicUrl, brokerPort, launch } = deployment.current;
      const configFile = await moved({ server: part === 'broker', broker: part === 'server' });
      const said = await giveUp(launch({ configFile }));
      const taken = part === 'server' ? new URL(publicUrl).host : `127.0.0.1:${brokerPort}`;
      expect(said).toMatch(new RegExp(`^sallyport: .*${taken}`));
      expect(said).toContain(part === 'server' ? 'server.address' : 'broker.postgres.address');
    },
  );

  const surroundings: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ['an unknown log level', { LOG_LEVEL: 'loud' }, /LOG_LEVEL is "loud"; it can be fatal, error, warn/],
    [
      'a database of another kind',
      { DATABASE_URL: 'mysql://app:hunter2@127.0.0.1/x' },
      /DATABASE_URL is not a URL that begins/,
    ],
    [
      'a database that is not there',
      { DATABASE_URL: 'postgres://app:hunter2@127.0.0.1:1/x' },
      /^sallyport: Cannot open the database of DATABASE_URL: .*ECONNREFUSED/,
    ],
    [
      'a Redis that is not there',
      { REDIS_URL: 'redis://:hunter2@127.0.0.1:1' },
      /sallyport: Cannot reach the Redis of REDIS_URL at 127\.0\.0\.1:1: .*ECONNREFUSED/,
    ],
    [
      'half a master key',
      { SALLYPORT_MASTER_KEY: 'aHVudGVyMg==' },
      /SALLYPORT_MASTER_KEY does not hold 32 bytes.*openssl rand/,
    ],
    [
      'another master key than the database was made with',
      { SALLYPORT_MASTER_KEY: randomBytes(32).toString('base64') },
      /master key/i,
    ],
  ];
  it.concurrent.each(share(surroundings, 2))(
    'stops the start with what is wrong: %s',
    async (_what, environment, expected) => {
      const configFile = await moved({ server: true, broker: true });
      const said = await giveUp(deployment.current.launch({ configFile, environment }));
      expect(said).toMatch(expected);
      expect(said).not.toContain('hunter2');
    },
  );

  it('did not disturb the server that runs', async () => {
    const { publicUrl, server } = deployment.current;
    expect(server.running).toBe(true);
    expect((await fetch(`${publicUrl}/readyz`)).status).toBe(200);
  });
});

describe('a command that does not fit', () => {
  const run = (args: string[]) =>
    runProcess(args, { url: deployment.current.publicUrl, configHome: deployment.current.directory.root });

  it.concurrent.each([
    ['an unknown command', ['aprove', 'r-1'], /unknown command 'aprove'/],
    ['an unknown option', ['whoami', '--loud'], /unknown option '--loud'/],
    ['an unknown option of the server', ['start', '--port', '1'], /Unknown option '--port'/],
    ['an argument that is missing', ['approve'], /missing required argument 'id'/],
  ])('exits with 2 and points to the usage: %s', async (_what, args, expected) => {
    const result = await run(args);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toMatch(expected);
    expect(result.stderr).toMatch(/--help|Usage:/);
    expect(result.stderr).not.toMatch(STACK);
  });

  it('exits with 1 and says what to do when nobody is signed in, or no server is there', async () => {
    const nobody = await run(['requests']);
    expect(nobody).toMatchObject({ status: 1, stdout: '' });
    expect(nobody.stderr).toMatch(/^sallyport: .*sallyport login/);
    const url = `http://127.0.0.1:${await freePort()}`;
    const nowhere = await runProcess(['requests'], {
      url,
      token: 'x',
      configHome: deployment.current.directory.root,
    });
    expect(nowhere).toMatchObject({ status: 1, stdout: '' });
    expect(nowhere.stderr).toBe(
      `sallyport: Cannot reach Sallyport at ${url}: connect ECONNREFUSED ${new URL(url).host}. Set SALLYPORT_URL.\n`,
    );
  });
});

/** The configuration of the server that runs, with free ports in place of its own. @returns the file */
async function moved(parts: { server: boolean; broker: boolean }): Promise<string> {
  const { directory } = deployment.current;
  const policy = parse(readFileSync(directory.configFile, 'utf8')) as {
    server: { address: string };
    broker: { postgres: { address: string } };
  };
  const [web, broker] = [await freePort(), await freePort()];
  if (parts.server) policy.server.address = `127.0.0.1:${web}`;
  if (parts.broker) policy.broker.postgres.address = `127.0.0.1:${broker}`;
  const configFile = join(directory.root, `moved-to-${web}.yaml`);
  writeFileSync(configFile, stringify(policy));
  return configFile;
}

/** Waits until a server that cannot start has exited, as it should. @returns what it told the operator */
async function giveUp(server: ServerProcess): Promise<string> {
  const startedAt = performance.now();
  const { code } = await server.exited;
  expect(performance.now() - startedAt).toBeLessThan(GIVES_UP_WITHIN_MS);
  expect({ code, stderr: server.stderr }).toMatchObject({
    code: 1,
    stderr: expect.not.stringMatching(STACK),
  });
  return server.stderr;
}

function severalMistakes(): string {
  return `resources:
  - name: orders-db
    kind: postgres
    database: orders
    credential: { username: app, password: hunter2 }
    roles: { read: { allow: [select] } }
access:
  - name: everybody
    to: { name: orders-db }
    roles: [read]
    maxDuration: 1h
    approval: auto
colour: green
`;
}

/** Nine levels of nine references each: three gigabytes once it is expanded. */
function aliasBomb(): string {
  const levels = Array.from({ length: 9 }, (_, level) => {
    const below = level === 0 ? 'x' : `*l${level - 1}`;
    return `l${level}: &l${level} [${Array.from({ length: 9 }, () => below).join(', ')}]`;
  });
  return `${levels.join('\n')}\n`;
}
