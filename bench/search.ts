/**
 * Search over a million recorded statements: real recordings of a few hundred sessions, read into the search by what
 * reads them in a deployment, then asked the kinds of questions that people ask. Nothing else is compared: no peer
 * does the same.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RecordingsIndex } from '../src/access/search/index-recordings.ts';
import { type SessionSearch, searchSessions } from '../src/access/search/search-sessions.ts';
import type { Identity } from '../src/core/identity.ts';
import { Secret } from '../src/core/secret.ts';
import { openRecordingsToFollow } from '../src/recording/follow.ts';
import { createRecordingKeys } from '../src/recording/keys.ts';
import { type BenchCost, type BenchReport, median, quantile } from './report.ts';
import { recordSessions, type SearchSetup, startSearchSetup } from './search-setup.ts';
import { Dice } from './search-statements.ts';

const STATEMENTS = 1_000_000;
const SESSIONS = 400;
const ROUNDS = 12;
const MEGABYTE = 1_048_576;

type Question = (dice: Dice) => SessionSearch & { readonly as?: 'engineer' };

/** Each is asked anew in every round, with other names and numbers where it has some. */
const QUESTIONS: Readonly<Record<string, Question>> = {
  'a word that is everywhere': () => ({ search: 'select' }),
  'two common words': () => ({ search: 'status orders' }),
  'three common words': () => ({ search: 'update orders paid' }),
  'a rare word': (dice) => ({ search: String(dice.number(2_000_000)) }),
  'a word that nobody used': (dice) => ({ search: `nothing${dice.hex(6)}` }),
  'common words, never together': () => ({ search: 'nginx customers refunded' }),
  'a column of a table': () => ({ search: 'payments.card_number' }),
  'a path': () => ({ search: '/etc/nginx/nginx.conf' }),
  'a phrase, common': () => ({ search: '"delete from orders"' }),
  'a phrase, rare': (dice) => ({ search: `"drop table orders_${dice.number(10_000)}_backup"` }),
  'a phrase, never': () => ({ search: '"from orders delete"' }),
  'the beginning of a word': () => ({ search: 'custo*' }),
  'a beginning with many words': () => ({ search: '12*' }),
  'not a word': () => ({ search: 'orders -select' }),
  'a person and a word': () => ({ search: 'carol refunds' }),
  'denied, all of them': () => ({ denied: true }),
  'denied deletes of a table': () => ({ search: 'delete', table: 'orders', denied: true }),
  'a table': () => ({ table: 'billing.payments' }),
  'a rare table': () => ({ table: 'fraud_scores', search: 'update' }),
  'a directory': () => ({ file: '/etc/nginx' }),
  'a file': () => ({ file: 'nginx.conf', masked: false }),
  'masked, by somebody on a resource': () => ({ masked: true, who: 'bob', resource: 'orders-db' }),
  'a common word in a week of long ago': (dice) => ({
    search: 'orders',
    since: daysAgo(60 + dice.number(20)),
    until: daysAgo(55),
  }),
  'a common word in an incident': () => ({ search: 'select', incident: 'inc-7' }),
  'a common word, by who sees only their own': () => ({ search: 'orders', as: 'engineer' }),
  'the second page of a common word': () => ({ search: 'select', limit: 20, cursor: 'second' }),
  'all sessions': () => ({}),
};

export async function benchSearch(): Promise<BenchReport> {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  try {
    const setup = await startSearchSetup(directory);
    try {
      return { bench: 'search', rounds: ROUNDS, results: [], costs: await measureAll(setup, directory) };
    } finally {
      await setup.stop();
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measureAll(setup: SearchSetup, directory: string): Promise<BenchCost[]> {
  const keys = createRecordingKeys({
    masterKey: new Secret(randomBytes(32)),
    signingKey: generateKeyPairSync('ed25519').privateKey,
  });
  const recordings = { directory: join(directory, 'recordings'), keys };
  say(`recording ${STATEMENTS} statements`);
  await recordSessions(setup, { ...recordings, statements: STATEMENTS, sessions: SESSIONS });
  say('reading them into the search');
  const reading = await readAll(setup, recordings);
  return [
    { name: 'statements', value: STATEMENTS, unit: '' },
    { name: 'sessions', value: SESSIONS, unit: '' },
    ...reading,
    ...(await sizes(setup)),
    ...(await askAll(setup)),
  ];
}

async function readAll(
  { access, store }: SearchSetup,
  recordings: Parameters<typeof openRecordingsToFollow>[0],
): Promise<BenchCost[]> {
  const index = new RecordingsIndex(access, openRecordingsToFollow(recordings));
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
  const seconds = (performance.now() - beganMs) / 1_000;
  // As a deployment's own does it by itself after a while.
  await store.read().execute('analyze search_entry');
  return [{ name: 'read into the search', value: STATEMENTS / seconds, unit: 'statements per second' }];
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

async function askAll(setup: SearchSetup): Promise<BenchCost[]> {
  const dice = new Dice(7);
  const all: number[] = [];
  const costs: BenchCost[] = [];
  for (const [name, question] of Object.entries(QUESTIONS)) {
    const samples: number[] = [];
    let found = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const { as, ...asked } = question(dice);
      const viewer = as === undefined ? setup.overseer : setup.engineer;
      const { cursor, ...first } = asked;
      const place = cursor === undefined ? undefined : await nextOf(setup, { ...first, viewer });
      const beganMs = performance.now();
      const page = await searchSessions(setup.access, { ...first, cursor: place, viewer });
      samples.push(performance.now() - beganMs);
      found += page.items.length;
    }
    all.push(...samples);
    say(`  ${name}: ${median(samples).toFixed(0)} ms, ${(found / ROUNDS).toFixed(1)} sessions`);
    costs.push({ name: `${name}, median`, value: median(samples), unit: 'ms' });
    costs.push({ name: `${name}, p95`, value: quantile(samples, 0.95), unit: 'ms' });
  }
  return [
    ...costs,
    { name: 'all searches, median', value: median(all), unit: 'ms' },
    { name: 'all searches, p95', value: quantile(all, 0.95), unit: 'ms' },
    { name: 'all searches, longest', value: Math.max(...all), unit: 'ms' },
  ];
}

async function nextOf(
  { access }: SearchSetup,
  asked: SessionSearch & { readonly viewer: Identity },
): Promise<string | undefined> {
  return (await searchSessions(access, asked)).next ?? undefined;
}

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * 86_400_000);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
