/**
 * The corpus of masks against a real target, in text and in binary. No attempt brings out a masked value or lets two
 * databases be told apart that differ in masked values only; legitimate statements get what they get directly.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  encodeBind,
  encodeDescribe,
  encodeExecute,
  encodeParse,
} from '../../../src/broker/postgres/codec/frontend-extended.ts';
import { encodeQuery, encodeSync } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { parseDataRow } from '../../../src/broker/postgres/codec/rows.ts';
import { share } from '../../support/thoroughness.ts';
import { type BrokerHarness, useBroker } from './broker-harness.ts';
import { CORPUS_MASKS, makeCorpusShop, putValues, secretsOf } from './mask-shop.ts';
import { errorsOf, RawClient, type Received, rowsOf } from './raw-client.ts';

const ROW = z.strictObject({
  id: z.string(),
  why: z.string().optional(),
  statements: z.array(z.string()),
  parameters: z.array(z.string().nullable()).optional(),
  /** What becomes of the statement that tries it. */
  expect: z.enum(['denied', 'masked', 'any']).optional(),
  /** Several statements in one text. */
  simple: z.boolean().optional(),
  /** Its answer is never the same twice. */
  volatile: z.boolean().optional(),
  /** It reads what it has made itself, so that the numbers of relations differ. */
  fresh: z.boolean().optional(),
  /** Columns of the last result that are masked. */
  masked: z.array(z.number()).optional(),
});
type Row = z.output<typeof ROW>;
type Mode = 'simple' | 'text' | 'binary';

function readCorpus(file: 'attempts' | 'innocents'): readonly Row[] {
  return readFileSync(new URL(`../../corpus/masks/${file}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => ROW.parse(JSON.parse(line)));
}

/** Code of the target's own makes every later cursor unclear, so those come last. */
function inOrder(rows: readonly Row[]): readonly Row[] {
  const unclear = (row: Row): boolean => /app\.|_xml|ts_stat|mail_of/.test(row.statements.join());
  return [...rows.filter((row) => !unclear(row)), ...rows.filter(unclear)];
}

const ATTEMPTS = inOrder(readCorpus('attempts'));
const INNOCENTS = readCorpus('innocents');

const broker = useBroker({ masks: CORPUS_MASKS });

const NEVER_THE_SAME = new Set([
  'stat-activity',
  'stat-activity-expression',
  'explain-analyze',
  'toast',
  'read-file',
]);

async function ask(
  client: RawClient,
  question: { readonly text: string; readonly mode: Mode; readonly parameters: readonly (string | null)[] },
): Promise<Received[]> {
  const { text, mode, parameters } = question;
  if (mode === 'simple') client.send(encodeQuery(text));
  else {
    client.send(
      encodeParse({ name: '', text }),
      encodeBind({
        portal: '',
        statement: '',
        parameterFormats: [],
        parameters: parameters.map((value) => (value === null ? null : Buffer.from(value))),
        resultFormats: [mode === 'binary' ? 1 : 0],
      }),
      encodeDescribe({ target: 'portal', name: '' }),
      encodeExecute({ portal: '', rowsMax: 0 }),
      encodeSync(),
    );
  }
  return client.until('Z');
}

/** The answers to each statement of a row; afterwards nothing of it is left in the session. */
async function run(
  client: RawClient,
  row: Row,
  mode: Mode,
  parameters = row.parameters ?? [],
): Promise<Received[][]> {
  const answers: Received[][] = [];
  const used = row.simple === true ? 'simple' : parameters.length > 0 && mode === 'simple' ? 'text' : mode;
  const wrapped = row.simple !== true && !row.statements.includes('begin');
  if (wrapped) await ask(client, { text: 'begin', mode: 'simple', parameters: [] });
  for (const text of row.statements) answers.push(await ask(client, { text, mode: used, parameters }));
  client.send(encodeQuery('rollback; close all; deallocate all; reset all'));
  await client.until('Z');
  return answers;
}

/** Without the hint of a denial, which names the grant and its end. */
function bytesOf(answers: readonly Received[][]): string {
  return answers
    .flat()
    .map(({ type, body }) =>
      `${type}${body.toString('latin1')}`.replace(/HYou are connected under grant[^\0]*/, ''),
    )
    .join('\n');
}

/** What a secret can look like after something harmless-looking was done to it. */
function looksOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    secret,
    secret.toUpperCase(),
    [...secret].reverse().join(''),
    bytes.toString('hex'),
    bytes.toString('base64').slice(0, -4),
    createHash('md5').update(secret).digest('hex'),
    createHash('sha256').update(secret).digest('hex'),
  ];
}

function revealed(text: string, set: 0 | 1): readonly string[] {
  return secretsOf(set)
    .flatMap(looksOf)
    .filter((look) => text.includes(look));
}

interface Tried {
  readonly answers: ReadonlyMap<string, Received[][]>;
  readonly grantId: string;
}

async function tryAll(harness: BrokerHarness, mode: Mode, rows: readonly Row[] = ATTEMPTS): Promise<Tried> {
  const connection = await harness.connection('owner');
  const client = await RawClient.logIn(connection);
  const [hash] = rowsOf(
    await ask(client, { text: 'select mail from accounts where id = 1', mode: 'simple', parameters: [] }),
  ).flat();
  const answers = new Map<string, Received[][]>();
  for (const row of rows) {
    const parameters = (row.parameters ?? []).map((value) => (value === '{hash}' ? (hash ?? '') : value));
    answers.set(row.id, await run(client, row, mode, parameters));
  }
  client.close();
  return { answers, grantId: connection.grant.id };
}

const tried = new Map<string, Tried>();

beforeAll(async () => {
  const harness = broker.current;
  await makeCorpusShop(harness.shop);
  await putValues(harness.shop, 0);
  tried.set('simple', await tryAll(harness, 'simple'));
  tried.set('binary', await tryAll(harness, 'binary', share(ATTEMPTS, 3)));
  await putValues(harness.shop, 1);
  tried.set('other values', await tryAll(harness, 'simple'));
}, 120_000);

describe('what the corpus holds', () => {
  test('enough attempts and innocents, and each once', () => {
    expect(ATTEMPTS.length).toBeGreaterThan(200);
    expect(INNOCENTS.length).toBeGreaterThan(100);
    for (const rows of [ATTEMPTS, INNOCENTS])
      expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });
});

describe('no attempt reveals a masked value', () => {
  test.each(ATTEMPTS)('$id: $why', (row) => {
    for (const [name, { answers }] of tried) {
      const answer = answers.get(row.id);
      if (answer === undefined) continue;
      expect(revealed(bytesOf(answer), name === 'other values' ? 1 : 0), name).toEqual([]);
      const refused = errorsOf(answer.flat()).filter(({ detail }) => detail.startsWith('Rule: '));
      if (row.expect === 'denied') expect(refused.length, name).toBeGreaterThan(0);
      if (row.expect === 'masked') {
        expect(errorsOf(answer.flat()), name).toEqual([]);
        expect(rowsOf(answer.flat()).length, name).toBeGreaterThan(0);
      }
    }
  });

  test('nor tells one database from another that differs in masked values only', () => {
    const [first, other] = [tried.get('simple'), tried.get('other values')];
    const different = ATTEMPTS.filter(({ id, volatile }) => volatile !== true && !NEVER_THE_SAME.has(id))
      .filter(({ id }) => bytesOf(first?.answers.get(id) ?? []) !== bytesOf(other?.answers.get(id) ?? []))
      .map(({ id }) => id);
    expect(different).toEqual([]);
  });

  test.each(['simple', 'binary', 'other values'])('and none is in the recording (%s)', async (name) => {
    const { answers, grantId } = tried.get(name) as Tried;
    const session = await broker.current.endedSession(grantId);
    const events = await broker.current.events(session.id);
    expect(events.length).toBeGreaterThan(answers.size);
    expect(revealed(JSON.stringify(events), name === 'other values' ? 1 : 0)).toEqual([]);
    expect(session.counts.maskedCells).toBeGreaterThan(answers.size / 4);
  });
});

test('a query that nests stars keeps nobody waiting', async () => {
  const depth = 60;
  const text = `${'select *, * from ('.repeat(depth)}select 1 as a from customers${') s'.repeat(depth)}`;
  const client = await RawClient.logIn(await broker.current.connection('read'));
  const startedAt = performance.now();
  const [refused] = errorsOf(await ask(client, { text, mode: 'simple', parameters: [] }));
  client.close();
  // The target refuses it, because it has too many columns.
  expect(refused?.message).toContain('1664');
  expect(performance.now() - startedAt).toBeLessThan(15_000);
});

describe('what is legitimate is byte for byte what the target says', () => {
  test.each(['text', 'binary'] as const)('in %s', async (mode) => {
    const { shop } = broker.current;
    const { username, password } = shop.credentials.owner;
    const through = await RawClient.logIn(await broker.current.connection('owner'));
    const direct = await RawClient.logIn({
      port: shop.port,
      username,
      password,
      database: shop.name,
    } as never);
    const different: unknown[] = [];
    for (const row of INNOCENTS) {
      const [expected, got] = [await run(direct, row, mode), await run(through, row, mode)];
      const problem = differenceOf(row, expected, got);
      if (problem !== null) different.push([row.id, problem]);
    }
    through.close();
    direct.close();
    expect(different).toEqual([]);
  });
});

/** Masked columns must differ, and everything else must not. */
function differenceOf(row: Row, expected: readonly Received[][], got: readonly Received[][]): unknown {
  const masked = new Set(row.masked ?? []);
  let hidden = 0;
  const shown = (answers: readonly Received[][]): string[] =>
    answers.flat().map(({ type, body }) => {
      if (type === 'T' && row.fresh === true) return type;
      if (type !== 'D' || masked.size === 0) return `${type}${body.toString('latin1')}`;
      const values = parseDataRow(body).map((value) => value?.toString('latin1') ?? null);
      return `D${JSON.stringify(values.filter((_, index) => !masked.has(index)))}`;
    });
  const [left, right] = [shown(expected), shown(got)];
  const first = left.findIndex((message, index) => message !== right[index]);
  if (first !== -1 || left.length !== right.length) return { expected: left[first], got: right[first] };
  const cells = (answers: readonly Received[][]): (string | undefined)[] =>
    answers
      .flat()
      .filter(({ type }) => type === 'D')
      .flatMap(({ body }) => {
        const values = parseDataRow(body);
        return [...masked].map((index) => values[index]?.toString('latin1'));
      });
  const [open, covered] = [cells(expected), cells(got)];
  open.forEach((cell, index) => {
    if (cell !== covered[index]) hidden += 1;
  });
  return hidden === open.length ? null : { unmasked: open.length - hidden };
}
