/**
 * What watching costs those who are watched: pgbench runs through the broker of this process, in turns with nobody
 * watching, with one of its sessions watched, and with all of them. The watchers are in the same process and read as
 * fast as they are told, which is the worst place and pace that they can have.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sessionOfFile } from '../src/recording/layout.ts';
import { LiveFeed } from '../src/recording/live/feed.ts';
import { fileSource } from '../src/recording/live/source.ts';
import { encodePart, WatchStream } from '../src/web/live/watch-stream.ts';
import { runPgbench } from './pgbench.ts';
import { type BenchSetup, startBenchBroker } from './postgres-setup.ts';
import { type BenchCost, type BenchReport, median } from './report.ts';

const ROUNDS = 4;
const SECONDS = 3;
const CLIENTS = 4;
const WATCHED = [0, 1, CLIENTS] as const;
/** pgbench connects once without running anything, then with all of its clients. */
const CONNECTED_AFTER_MS = 300;

export async function benchWatching(): Promise<BenchReport> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  try {
    const setup = await startBenchBroker(directory);
    try {
      return { bench: 'watching', rounds: ROUNDS, results: [], costs: await measureRounds(setup) };
    } finally {
      await setup.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureRounds(setup: BenchSetup): Promise<BenchCost[]> {
  const rates = new Map<number, number[]>(WATCHED.map((watched) => [watched, []]));
  const behind: number[] = [];
  await runRound(setup, 0);
  for (let round = 0; round < ROUNDS; round += 1) {
    process.stderr.write(`round ${round + 1} of ${ROUNDS}\n`);
    const order = round % 2 === 0 ? WATCHED : WATCHED.toReversed();
    for (const watched of order) {
      const { perSecond, delayMs } = await runRound(setup, watched);
      rates.get(watched)?.push(perSecond);
      if (delayMs !== null) behind.push(delayMs);
    }
  }
  const rate = (watched: number): number => median(rates.get(watched) ?? []);
  return [
    ...WATCHED.map((watched) => ({
      name: `${CLIENTS} clients, ${watched} of them watched`,
      unit: 'transactions/s',
      value: rate(watched),
    })),
    ...WATCHED.slice(1).map((watched) => ({
      name: `${watched} watched, to none (1 is parity)`,
      unit: 'ratio',
      value: rate(watched) / rate(0),
    })),
    { name: 'a watcher is behind by', unit: 'ms', value: median(behind) },
  ];
}

async function runRound(
  setup: BenchSetup,
  watched: number,
): Promise<{ readonly perSecond: number; readonly delayMs: number | null }> {
  const { directory } = setup.policy.recording;
  const before = new Set(await readdir(directory));
  const running = runPgbench(setup.sallyport, ['-M', 'simple', '-c', String(CLIENTS), '-T', String(SECONDS)]);
  await sleep(CONNECTED_AFTER_MS);
  const files = (await readdir(directory)).filter(
    (file) => !before.has(file) && sessionOfFile(file) !== null,
  );
  const feeds = files.slice(files.length - watched).map((file) => {
    const source = fileSource({ path: join(directory, file), keys: setup.keys });
    const feed = new LiveFeed({ source, now: () => new Date(), encode: encodePart });
    new WatchStream(feed, { after: 0 }).resume();
    return feed;
  });
  const { perSecond } = await running;
  const delays = feeds.flatMap(({ delayMs }) => delayMs ?? []);
  await Promise.all(feeds.map((feed) => feed.close()));
  return { perSecond, delayMs: delays.length === 0 ? null : Math.max(...delays) };
}
