/** Every attack of the corpus against a real broker in front of a real PostgreSQL. */
import { describe, expect, test } from 'vitest';
import { encodeParse } from '../../../src/broker/postgres/codec/frontend-extended.ts';
import { encodeQuery, encodeSync } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import { type Attack, readAttacks } from '../../support/sql-corpus.ts';
import { errorsOf, lettersOf, type RawClient } from '../broker/raw-client.ts';
import { useCorpusTarget } from './corpus-target.ts';

const ATTACKS = readAttacks();
const OVER_THE_WIRE = ATTACKS.filter(({ refused }) => refused !== true);
const target = useCorpusTarget(
  ATTACKS.map(({ allow }) => allow),
  { named: 'allow: [select], functions: [app.plus, public.shout]' },
);

/** One session for each role, since attacks of a role leave nothing behind. */
const sessions = new Map<string, Promise<RawClient>>();

function sessionFor({ allow, startup, ends }: Attack): Promise<RawClient> {
  const key = JSON.stringify([allow, startup]);
  const session = sessions.get(key) ?? target.current.logIn(allow, startup);
  if (ends === true) sessions.delete(key);
  else sessions.set(key, session);
  return session;
}

function queryOf({ statement, hex }: Attack): Buffer {
  if (hex === undefined) return encodeQuery(statement ?? '');
  const body = Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(1)]);
  const head = Buffer.alloc(5);
  head.write('Q');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

test('a role that names functions may call these and no others, as the catalog knows them', async () => {
  const client = await target.current.logInAs('named');
  for (const allowed of ["select shout('a')", 'select app.plus(1, 2)', 'select 1 #!# 2']) {
    client.send(encodeQuery(allowed));
    expect(lettersOf(await client.until('Z')), allowed).toBe('TDCZ');
  }
  client.send(encodeQuery("select shout('a'), purge_customers(2)"));
  const [error] = errorsOf(await client.until('Z'));
  expect(error?.message).toBe(
    'The role named does not allow "call". This calls public.purge_customers, which is volatile: it may change data. It allows select.',
  );
  expect(await target.current.fingerprint()).toBe(target.current.untouched);
});

describe('an attack of the corpus', () => {
  test.each(OVER_THE_WIRE)('is refused by the broker and changes nothing: $id', async (attack) => {
    const { untouched } = target.current;
    const client = await sessionFor(attack);
    client.send(queryOf(attack));
    if (attack.ends === true) {
      expect(lettersOf(await client.untilClosed())).toBe('E');
    } else {
      const answer = await client.until('Z');
      expect(lettersOf(answer)).toBe('EZ');
      expect(errorsOf(answer)[0]?.detail).toMatch(/^Rule: .*did not reach/);
    }
    if (attack.hex === undefined && attack.ends !== true) {
      client.send(encodeParse({ name: '', text: attack.statement ?? '' }), encodeSync());
      const answer = await client.until('Z');
      expect(lettersOf(answer)).toBe('EZ');
      expect(errorsOf(answer)[0]?.detail).toMatch(/^Rule: .*did not reach/);
    }
    expect(await target.current.fingerprint()).toBe(untouched);
  });

  test.each(ATTACKS.filter(({ refused }) => refused === true))(
    'is refused before the session begins: $id',
    async ({ allow, startup }) => {
      await expect(target.current.logIn(allow, startup)).rejects.toThrow(/closed before R; received E/);
    },
  );

  // Last of these, since sequences keep what was drawn from them.
  test('would have worked without the broker', async () => {
    const { direct } = target.current;
    const failures: string[] = [];
    for (const { id, statement } of ATTACKS.filter((attack) => attack.direct !== false)) {
      await direct.query('begin');
      await direct.query(statement ?? '').catch((error: Error) => failures.push(`${id}: ${error.message}`));
      await direct.query('rollback');
      await direct.query('discard all');
    }
    expect(failures).toEqual([]);
  });
});
