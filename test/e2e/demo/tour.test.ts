/** `sallyport demo --once --json`, as somebody runs it in an empty directory. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { rememberDemoPorts } from '../../support/demo-ports.ts';
import { startRedis } from '../../support/redis.ts';
import { tries } from '../../support/thoroughness.ts';

const COMMAND = join(import.meta.dirname, '../../../bin/sallyport');
const TOUR_LASTS_MS = 180_000;
const SAMPLE_MS = 100;
const STEPS = [
  'start',
  'sign in',
  'request',
  'first vote',
  'own vote',
  'second vote',
  'reveal',
  'connect',
  'masked rows',
  'refused delete',
  'hidden deletes',
  'held command',
  'extension',
  'done',
  'summary',
  'session page',
  'verify',
  'tampering',
  'host request',
  'host commands',
  'host shell',
  'host files',
  'host replay',
  'break glass',
];

/** Half a minute of two processors: `npm run test:soak` has it. */
const ONCE_MORE = { byDay: 0, byNight: 1 };

interface TourRun {
  readonly code: number | null;
  readonly lines: readonly { step: string; ok: boolean; detail: string }[];
  readonly stderr: string;
  /** Every command line that was seen on the machine while it ran. */
  readonly commandLines: ReadonlySet<string>;
}

describe('the tour', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sallyport-tour-'));
    await rememberDemoPorts(directory);
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  async function takeTour(environment: Readonly<Record<string, string>> = {}): Promise<TourRun> {
    const { DATABASE_URL: _database, REDIS_URL: _redis, ...inherited } = process.env;
    const child = spawn(COMMAND, ['demo', '--once', '--json'], {
      cwd: directory,
      env: { ...inherited, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TOUR_LASTS_MS,
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    const commandLines = new Set<string>();
    const sampling = setInterval(() => {
      for (const line of readCommandLines()) commandLines.add(line);
    }, SAMPLE_MS);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    clearInterval(sampling);
    const lines = output.stdout.trimEnd().split('\n');
    return { code, lines: lines.map((line) => JSON.parse(line)), stderr: output.stderr, commandLines };
  }

  function expectTourToHold(run: TourRun): void {
    expect(run.lines.filter((line) => !line.ok)).toEqual([]);
    expect(run.lines.map((line) => line.step)).toEqual(STEPS);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    const left = readCommandLines().filter((line) => line.includes(directory));
    expect(left).toEqual([]);
  }

  async function takeTourOnRedis(): Promise<void> {
    const redis = await startRedis();
    try {
      const second = await takeTour({ REDIS_URL: redis.url });
      expectTourToHold(second);
      expect(second.lines[0]?.detail).toContain('jobs in Redis');
    } finally {
      await redis.stop();
    }
  }

  test(
    'holds, at night a second time in the same directory with jobs in Redis; the credentials of the target are nowhere but in their files',
    async () => {
      const run = await takeTour();
      expectTourToHold(run);
      expect(run.lines[0]?.detail).toContain('jobs in PostgreSQL');
      if (tries(ONCE_MORE) > 0) await takeTourOnRedis();

      const demo = join(directory, '.sallyport/demo');
      const secrets = readdirSync(join(demo, 'secrets')).map((name) =>
        readFileSync(join(demo, 'secrets', name), 'utf8').trim(),
      );
      expect(secrets).toHaveLength(3);
      const files = filesBelow(demo).filter((path) => !path.startsWith(join(demo, 'secrets')));
      expect(files.length).toBeGreaterThan(1_000);
      const telling = files.filter((path) => {
        const bytes = readFileSync(path);
        return secrets.some((secret) => bytes.includes(secret));
      });
      expect(telling).toEqual([]);
      expect([...run.commandLines].some((line) => line.includes(directory))).toBe(true);
      expect([...run.commandLines].filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual(
        [],
      );
    },
    2 * TOUR_LASTS_MS,
  );
});

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Arguments of every process, where the operating system shows them. */
function readCommandLines(): string[] {
  if (!existsSync('/proc/self/cmdline')) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    });
}
