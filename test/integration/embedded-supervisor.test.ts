import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresEvent,
  startEmbeddedPostgres,
} from '../../src/store/embedded/supervisor.ts';

const SETTINGS = { fsync: 'off', shared_buffers: '16MB' };

describe('the embedded PostgreSQL', () => {
  let made: string;
  let directory: string;
  const running = new Set<EmbeddedPostgres>();

  beforeAll(async () => {
    made = await mkdtemp(join(tmpdir(), 'sallyport-embedded-'));
    const cluster = await startEmbeddedPostgres({ directory: made, settings: SETTINGS });
    await cluster.stop();
  });
  afterAll(() => rm(made, { recursive: true, force: true }));

  /** To make a cluster takes a second and a half; a copy of one, nothing. */
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-embedded-'));
    execFileSync('cp', ['-a', `${made}/.`, directory]);
  });
  afterEach(async () => {
    for (const cluster of running) await cluster.stop();
    running.clear();
    await rm(directory, { recursive: true, force: true });
  });

  async function start(report?: (event: EmbeddedPostgresEvent) => void): Promise<EmbeddedPostgres> {
    const cluster = await startEmbeddedPostgres({
      directory,
      settings: SETTINGS,
      ...(report === undefined ? {} : { report }),
    });
    running.add(cluster);
    return cluster;
  }

  async function query(cluster: EmbeddedPostgres, text: string): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: cluster.url('postgres') });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  }

  const postmasterPid = (): number =>
    Number(readFileSync(join(directory, 'data/postmaster.pid'), 'utf8').split('\n')[0]);

  /** A process of its own that owns the cluster, to be killed. */
  async function startOwner(environment: Readonly<Record<string, string>> = {}) {
    const supervisor = new URL('../../src/store/embedded/supervisor.ts', import.meta.url).href;
    const program = `
      const { startEmbeddedPostgres } = await import(${JSON.stringify(supervisor)});
      const cluster = await startEmbeddedPostgres(${JSON.stringify({ directory, settings: SETTINGS })});
      console.log(cluster.port);
    `;
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(owner.stdout, 'data')) as [Buffer];
    return {
      port: Number(line.toString()),
      kill: async () => {
        owner.kill('SIGKILL');
        await once(owner, 'exit');
      },
    };
  }

  test('keeps its data over a stop and a second start, and leaves no process behind', async () => {
    const first = await start();
    await query(first, "create table kept as select 'still here' as word");
    const pid = postmasterPid();
    await first.stop();
    // It has ended; Node collects it at its next turn, which a busy machine may delay.
    await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 5_000 }).toBe(false);

    const second = await start();
    expect(second.adopted).toBe(false);
    expect(await query(second, 'select word from kept')).toEqual([{ word: 'still here' }]);
  });

  test('listens on loopback only, with SCRAM, and keeps its password from other users and from printing', async () => {
    const cluster = await start();
    const settings = await query(
      cluster,
      `select current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
        (select string_agg(distinct auth_method, ',') from pg_hba_file_rules) as methods`,
    );
    expect(settings).toEqual([{ addresses: '127.0.0.1', sockets: '', methods: 'scram-sha-256' }]);
    expect(statSync(join(directory, 'password')).mode & 0o777).toBe(0o600);
    expect(`${cluster.password}${JSON.stringify(cluster)}`).not.toContain(cluster.password.reveal());
    const stranger = new Client({
      host: '127.0.0.1',
      port: cluster.port,
      user: 'sallyport',
      password: 'guess',
      database: 'postgres',
    });
    await expect(stranger.connect()).rejects.toThrow(/password authentication failed/);
  });

  test('adopts the server of an owner that was killed, and stops it', async () => {
    const owner = await startOwner();
    const pid = postmasterPid();
    await owner.kill();
    const heir = await start();
    expect(heir).toMatchObject({ adopted: true, port: owner.port });
    expect(postmasterPid()).toBe(pid);
    expect(await query(heir, 'select 1 as one')).toEqual([{ one: 1 }]);
    await heir.stop();
    // Whoever inherits orphans here may not have collected this one, so its number says nothing.
    await expect(query(heir, 'select 1')).rejects.toThrow(/ECONNREFUSED/);
    expect(existsSync(join(directory, 'data/postmaster.pid'))).toBe(false);
  });

  test('refuses a directory whose owner lives, and leaves that owner alone', async () => {
    const owner = await start();
    await expect(start()).rejects.toMatchObject({ code: 'conflict' });
    expect(await query(owner, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('does not adopt a server that refuses the password, and does not stop it either', async () => {
    const owner = await startOwner();
    await owner.kill();
    const pid = postmasterPid();
    const password = readFileSync(join(directory, 'password'), 'utf8');
    await writeFile(join(directory, 'password'), 'not-the-password\n');
    await expect(start()).rejects.toMatchObject({ code: 'unavailable' });
    expect(() => process.kill(pid, 0)).not.toThrow();

    await writeFile(join(directory, 'password'), password);
    expect((await start()).adopted).toBe(true);
  });

  const isRoot = process.getuid?.() === 0;
  test.runIf(isRoot)('runs as another account for root where user namespaces are not to be had', async () => {
    directory = join(directory, 'below-a-private-directory');
    // Without a PATH there is no `unshare`.
    const owner = await startOwner({ PATH: '/nonexistent' });
    const { uid } = statSync(join(directory, 'data'));
    expect(uid).not.toBe(0);
    expect(statSync(`/proc/${postmasterPid()}`).uid).toBe(uid);
    await owner.kill();
    expect((await start()).adopted).toBe(true);
  });

  test('starts afresh beside a pid file whose number belongs to an unrelated process', async () => {
    const first = await start();
    const file = readFileSync(join(directory, 'data/postmaster.pid'), 'utf8');
    await first.stop();
    await writeFile(join(directory, 'data/postmaster.pid'), file.replace(/^\d+/, String(process.ppid)));
    const second = await start();
    expect(second.adopted).toBe(false);
  });

  test('is restarted on the same port when it dies', async () => {
    const events: EmbeddedPostgresEvent[] = [];
    const cluster = await start((event) => events.push(event));
    process.kill(postmasterPid(), 'SIGKILL');
    await expect.poll(() => events.at(-1)?.kind, { timeout: 15_000 }).toBe('restarted');
    expect(events[0]).toEqual({ kind: 'died' });
    expect(await query(cluster, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('refuses data whose password is gone instead of making a new one', async () => {
    await (await start()).stop();
    await unlink(join(directory, 'password'));
    await expect(start()).rejects.toMatchObject({ code: 'config_invalid' });
    expect(existsSync(join(directory, 'password'))).toBe(false);
  });

  test('writes no statement and no value into its log', async () => {
    const cluster = await start();
    await query(cluster, 'create table people (email text unique)');
    await query(cluster, "insert into people values ('somebody@example.com')");
    await expect(query(cluster, "insert into people values ('somebody@example.com')")).rejects.toThrow(
      /unique/,
    );
    await sleep(100);
    const log = readFileSync(join(directory, 'postgres.log'), 'utf8');
    expect(log).toContain('duplicate key value');
    expect(log).not.toContain('somebody@example.com');
  });
});
