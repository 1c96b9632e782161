/** Everything that a deployment keeps, prints and answers, gathered for a search. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Browser } from '../../../src/demo/tour/browser.ts';
import type { Tour } from '../../../src/demo/tour/step.ts';
import type { WireSession } from '../../../src/web/wire.ts';
import type { Deployment } from './deployment.ts';

/** Every row of every table, in every schema that is not the server's own; BullMQ's among them. */
export async function everyRow(deployment: Deployment): Promise<Buffer> {
  const tables = await deployment.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const rows: string[] = [];
  for (const { name } of tables) {
    rows.push(name);
    for (const { row } of await deployment.query<{ row: string }>(`select t::text as row from ${name} t`))
      rows.push(row);
  }
  return Buffer.from(rows.join('\n'));
}

/** Every key of a Redis, with what it holds. */
export async function everyKey(url: string): Promise<Buffer> {
  const redis = new Redis(url, { lazyConnect: true });
  await redis.connect();
  try {
    const parts: Buffer[] = [];
    for await (const keys of redis.scanStream({ count: 500 })) {
      for (const key of keys as string[]) parts.push(Buffer.from(`${key}\n`), await readKey(redis, key));
    }
    return Buffer.concat(parts);
  } finally {
    redis.disconnect();
  }
}

async function readKey(redis: Redis, key: string): Promise<Buffer> {
  const readers: Readonly<Record<string, () => Promise<unknown>>> = {
    string: () => redis.get(key),
    hash: () => redis.hgetall(key),
    list: () => redis.lrange(key, 0, -1),
    set: () => redis.smembers(key),
    zset: () => redis.zrange(key, 0, -1),
    stream: () => redis.xrange(key, '-', '+'),
    // Gone since the scan.
    none: async () => null,
  };
  const type = await redis.type(key);
  const read = readers[type];
  if (read === undefined) throw new Error(`${key} is of the type ${type}, which is not searched.`);
  return Buffer.from(`${JSON.stringify(await read())}\n`);
}

/** The bytes of every file below a directory. */
export function everyFile(directory: string): Buffer {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  return Buffer.concat(files.map((file) => readFileSync(join(file.parentPath, file.name))));
}

/** Both exports of every session: what the recordings hold once they are decrypted. */
export async function everyExport(tour: Tour): Promise<Buffer> {
  const { browser } = tour.notebook.recall('players').carol;
  const { items } = JSON.parse(await ask(browser, tour, '/api/v1/sessions?limit=200')) as {
    items: WireSession[];
  };
  const exports: string[] = [];
  for (const { id } of items) {
    for (const format of ['jsonl', 'text'])
      exports.push(await ask(browser, tour, `/api/v1/sessions/${id}/export?format=${format}`));
  }
  return Buffer.from(exports.join('\n'));
}

/** What the holder of the access and an overseer get from everything in the API and the chat that only reads. */
export async function everyAnswer(tour: Tour): Promise<Buffer> {
  const request = tour.notebook.recall('requestId');
  const grant = tour.notebook.recall('grantId');
  const session = tour.notebook.recall('sessionId');
  const paths = [
    ...['healthz', 'readyz', 'metrics'],
    ...['me', 'resources', 'requests', `requests/${request}`, 'grants', `grants/${grant}`, 'sessions'].map(
      inApi,
    ),
    ...[`sessions/${session}`, `sessions/${session}/timeline`, `sessions/${session}/recording`].map(inApi),
    ...['events?limit=200', 'keys/signing', 'auth', 'openapi.json', 'grants/g-nothere2', 'nothing'].map(
      inApi,
    ),
    ...['state', 'channels/access-audit/messages', 'channels/inc-4711-checkout/messages'].map(inChat),
  ];
  const answers: string[] = [];
  const { alice, carol } = tour.notebook.recall('players');
  for (const { browser, personId } of [alice, carol]) {
    for (const path of [...paths, inChat(`channels/@${personId}/messages`)])
      answers.push(await ask(browser, tour, `/${path}`));
  }
  return Buffer.from(answers.join('\n'));
}

function inApi(path: string): string {
  return `api/v1/${path}`;
}

function inChat(path: string): string {
  return `chat/api/${path}`;
}

/** Refusals count as well: an error can say too much. */
async function ask(browser: Browser, { publicUrl }: Tour, path: string): Promise<string> {
  return (await browser.ask(new URL(path, publicUrl))).text;
}
