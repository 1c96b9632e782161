/** Every innocent statement of the corpus gives through the broker, byte for byte, what it gives without it. */
import { describe, expect, test } from 'vitest';
import {
  encodeBind,
  encodeDescribe,
  encodeExecute,
  encodeParse,
} from '../../../src/broker/postgres/codec/frontend-extended.ts';
import {
  encodeCopyData,
  encodeCopyDone,
  encodeQuery,
  encodeSync,
} from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { type Innocent, readInnocents } from '../../support/sql-corpus.ts';
import { errorsOf, lettersOf, RawClient, type Received } from '../broker/raw-client.ts';
import { useCorpusTarget } from './corpus-target.ts';

const INNOCENTS = readInnocents();
const target = useCorpusTarget(INNOCENTS.map(({ allow }) => allow));

const sessions = new Map<string, Promise<RawClient>>();

function session(key: string, open: () => Promise<RawClient>): Promise<RawClient> {
  const known = sessions.get(key) ?? open();
  sessions.set(key, known);
  return known;
}

function messagesFor({ statement, values }: Innocent): Buffer {
  if (values === undefined) return encodeQuery(statement);
  const parameters = values.map((value) => Buffer.from(value));
  return Buffer.concat([
    encodeParse({ name: '', text: statement }),
    encodeBind({ portal: '', statement: '', parameterFormats: [], parameters, resultFormats: [] }),
    encodeDescribe({ target: 'portal', name: '' }),
    encodeExecute({ portal: '', rowsMax: 0 }),
    encodeSync(),
  ]);
}

/** Runs it and undoes it. */
async function answerOf(client: RawClient, innocent: Innocent): Promise<Received[]> {
  const { alone, before = [], copy } = innocent;
  for (const text of alone === true ? [] : ['begin', ...before]) {
    client.send(encodeQuery(text));
    expect(errorsOf(await client.until('Z'))).toEqual([]);
  }
  client.send(messagesFor(innocent));
  if (copy !== undefined) {
    await client.until('G');
    client.send(encodeCopyData(Buffer.from(copy)), encodeCopyDone());
  }
  const answer = await client.until('Z');
  client.send(encodeQuery('rollback'));
  await client.until('Z');
  if (before.length > 0) {
    client.send(encodeQuery('deallocate all'));
    await client.until('Z');
  }
  return answer;
}

function comparable(answer: readonly Received[], { varies }: Innocent): unknown {
  if (varies !== true) return answer.map(({ type, body }) => [type, body.toString('latin1')]);
  const described = answer.filter(({ type }) => type === 'T').map(({ body }) => body.toString('latin1'));
  return { letters: lettersOf(answer).replace(/D+/g, 'D'), described };
}

describe('an innocent statement of the corpus', () => {
  test.each(INNOCENTS)('is not disturbed: $id', async (innocent) => {
    const { directConnection, logIn } = target.current;
    const direct = await session('direct', () => RawClient.logIn(directConnection));
    const proxied = await session(JSON.stringify(innocent.allow), () => logIn(innocent.allow));
    const expected = await answerOf(direct, innocent);
    expect(errorsOf(expected)).toEqual([]);
    const seen = await answerOf(proxied, innocent);
    expect(errorsOf(seen)).toEqual([]);
    expect(comparable(seen, innocent)).toEqual(comparable(expected, innocent));
  });

  test('leaves nothing open', async () => {
    for (const client of await Promise.all(sessions.values())) client.close();
    sessions.clear();
  });
});
