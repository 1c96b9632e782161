/**
 * Search over a million recorded statements: real recordings of thousands of sessions, read into the search by what
 * reads them in a deployment, then asked the kinds of questions that people ask: one at a time, and by several people
 * while recordings are read. Nothing else is compared: no peer does the same. The first time it takes some ten minutes,
 * with what it has prepared (`--prepared DIRECTORY`) about two.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { RecordingsIndex } from '../src/access/search/index-recordings.ts';
import { searchSessions } from '../src/access/search/search-sessions.ts';
import { openRecordingsToFollow } from '../src/recording/follow.ts';
import { readAnew } from '../src/store/operations/search-progress.ts';
import { type BenchCost, type BenchReport, quantile } from './report.ts';
import { isPrepared, openKeys, setPrepared } from './search-prepared.ts';
import { QUESTIONS, type Question } from './search-questions.ts';
import { recordSessions, type SearchSetup, startSearchSetup } from './search-setup.ts';
import { Dice } from './search-statements.ts';

const STATEMENTS = 1_000_000;
const SESSIONS = 10_000;
const ROUNDS = 8;
const SEARCHERS = 4;
const TOGETHER_MS = 30_000;
/** Read anew while people search. */
const READ_ANEW_SESSIONS = 500;
const MEGABYTE = 1_048_576;
const NANOSECONDS = 1_000_000;

/** @param options.prepared a directory to prepare, or that was prepared before; left out, all is removed again */
export async function benchSearch(options: { readonly prepared?: string } = {}): Promise<BenchReport> {
  const directory = options.prepared ?? (await mkdtemp(join(tmpdir(), 'sallyport-bench-')));
  try {
    const setup = await startSearchSetup(directory);
    try {
      return { bench: 'search', rounds: ROUNDS, results: [], costs: await measureAll(setup, directory) };
    } finally {
      await setup.stop();
    }
  } finally {
    if (options.prepared === undefined) await rm(directory, { recursive: true, force: true });
  }
}

async function measureAll(setup: SearchSetup, directory: string): Promise<BenchCost[]> {
  const recordings = { directory: join(directory, 'recordings'), keys: await openKeys(directory) };
  const reading: BenchCost[] = [];
  if (!(await isPrepared(directory))) {
    say(`recording ${STATEMENTS} statements of ${SESSIONS} sessions`);
    await recordSessions(setup, { ...recordings, statements: STATEMENTS, sessions: SESSIONS });
    say('reading them into the search');
    reading.push(...(await readAll(setup, recordings)));
    await setPrepared(directory);
  }
  return [
    { name: 'statements', value: STATEMENTS, unit: '' },
    { name: 'sessions', value: SESSIONS, unit: '' },
    ...reading,
    ...(await sizes(setup)),
    ...(await askAlone(setup)),
    ...(await askTogether(setup, recordings)),
  ];
}

type Recordings = Parameters<typeof openRecordingsToFollow>[0];

async function readAll({ access, store }: SearchSetup, recordings: Recordings): Promise<BenchCost[]> {
  const index = new RecordingsIndex(access, openRecordingsToFollow(recordings));
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const beganMs = performance.now();
  for (;;) {
    const failures = await index.readOn();
    if (failures[0] !== undefined) throw new Error(failures[0].reason);
    const [row] = await store
      .read()
      .execute<{ left: number; entries: number }[]>(
        `select count(*) filter (where not complete)::int as left, sum(entries)::int as entries from search_progress`,
      );
    if (row?.left === 0) break;
    say(`  ${row?.entries} of ${STATEMENTS}`);
  }
  index.close();
  delay.disable();
  const seconds = (performance.now() - beganMs) / 1_000;
  // As a deployment's own does it by itself after a while.
  await store.read().execute('vacuum analyze');
  return [
    { name: 'read into the search', value: STATEMENTS / seconds, unit: 'statements per second' },
    { name: 'its event loop late, p99', value: delay.percentile(99) / NANOSECONDS, unit: 'ms' },
    { name: 'its event loop late, most', value: delay.max / NANOSECONDS, unit: 'ms' },
  ];
}

async function sizes({ store }: SearchSetup): Promise<BenchCost[]> {
  const [row] = await store.read().execute<{ rows: number; words: number; key: number }[]>(
    `select pg_table_size('search_entry')::float8 as rows, pg_relation_size('search_entry_words_idx')::float8 as words,
            pg_relation_size('search_entry_pkey')::float8 as key`,
  );
  return [
    { name: 'size of the entries', value: (row?.rows ?? 0) / MEGABYTE, unit: 'MB' },
    { name: 'size of the index of words', value: (row?.words ?? 0) / MEGABYTE, unit: 'MB' },
    { name: 'size of the key', value: (row?.key ?? 0) / MEGABYTE, unit: 'MB' },
  ];
}

async function askAlone(setup: SearchSetup): Promise<BenchCost[]> {
  const dice = new Dice(7);
  const all: number[] = [];
  const costs: BenchCost[] = [];
  let cutShort = 0;
  for (const [kind, questions] of Object.entries(QUESTIONS)) {
    const ofKind: number[] = [];
    for (const [name, question] of Object.entries(questions)) {
      const samples: number[] = [];
      let found = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const { ms, sessions, isCutShort } = await ask(setup, question(dice), dice);
        samples.push(ms);
        found += sessions;
        cutShort += isCutShort ? 1 : 0;
      }
      const most = Math.max(...samples).toFixed(0);
      say(
        `  ${kind}, ${name}: ${quantile(samples, 0.5).toFixed(0)} ms, at most ${most}; ${found / ROUNDS} sessions`,
      );
      ofKind.push(...samples);
    }
    costs.push(...spread(kind, ofKind));
    all.push(...ofKind);
  }
  return [
    ...costs,
    ...spread('all searches', all),
    { name: 'pages that ended before they were full', value: cutShort, unit: `of ${all.length}` },
  ];
}

/** Several people, each asking one thing after the other, while recordings are read into the search. */
async function askTogether(setup: SearchSetup, recordings: Recordings): Promise<BenchCost[]> {
  const { access, store } = setup;
  const rows = await store.read().execute<{ id: string; entries: number }[]>(
    `select session_id as id, entries::int from search_progress where entries between 1 and 2000
        order by random() limit ?`,
    [READ_ANEW_SESSIONS],
  );
  for (const { id } of rows) await readAnew(store.read(), { sessionId: id, now: new Date() });
  const index = new RecordingsIndex(access, openRecordingsToFollow(recordings));
  const endsMs = performance.now() + TOGETHER_MS;
  const reading = (async (): Promise<void> => {
    while (performance.now() < endsMs) {
      const failures = await index.readOn();
      if (failures[0] !== undefined) throw new Error(failures[0].reason);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  const questions = Object.values(QUESTIONS).flatMap((kind) => Object.values(kind));
  const searchers = Array.from({ length: SEARCHERS }, async (_, number): Promise<number[]> => {
    const dice = new Dice(100 + number);
    const samples: number[] = [];
    while (performance.now() < endsMs) {
      const question = questions[dice.number(questions.length)];
      if (question !== undefined) samples.push((await ask(setup, question(dice), dice)).ms);
    }
    return samples;
  });
  const samples = (await Promise.all(searchers)).flat();
  await reading;
  // Whoever comes next finds all of it.
  while ((await index.readOn()).length === 0 && (await isReading(setup)));
  index.close();
  return spread(`${SEARCHERS} searchers, beside reading`, samples);
}

async function isReading({ store }: SearchSetup): Promise<boolean> {
  const rows = await store
    .read()
    .execute<unknown[]>('select 1 from search_progress where not complete limit 1');
  return rows.length > 0;
}

async function ask(
  setup: SearchSetup,
  question: Question,
  dice: Dice,
): Promise<{ readonly ms: number; readonly sessions: number; readonly isCutShort: boolean }> {
  const { as = 'overseer', behind, ...asked } = question;
  const cursor = behind === undefined ? {} : { cursor: await placeBehind(setup, behind * dice.next()) };
  const beganMs = performance.now();
  const page = await searchSessions(setup.access, { ...asked, ...cursor, viewer: setup[as] });
  const ms = performance.now() - beganMs;
  return { ms, sessions: page.items.length, isCutShort: page.lookedBackTo !== null };
}

async function placeBehind({ store }: SearchSetup, share: number): Promise<string> {
  const [row] = await store
    .read()
    .execute<{ id: string; startedAt: string }[]>(
      `select id, started_at as "startedAt" from session order by started_at desc offset ? limit 1`,
      [Math.floor(share * SESSIONS * 0.9)],
    );
  return `${new Date(row?.startedAt ?? 0).getTime()}.${row?.id ?? ''}`;
}

function spread(name: string, samples: readonly number[]): BenchCost[] {
  return [
    { name: `${name}, median`, value: quantile(samples, 0.5), unit: 'ms' },
    { name: `${name}, p95`, value: quantile(samples, 0.95), unit: 'ms' },
    { name: `${name}, p99`, value: quantile(samples, 0.99), unit: 'ms' },
    { name: `${name}, longest`, value: Math.max(...samples), unit: 'ms' },
  ];
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
