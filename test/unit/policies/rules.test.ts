import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { groupSeat } from '../../../src/core/claim.ts';
import { DATABASE_EFFECTS, type DatabaseEffect, EFFECTS_OF_EVERY_ROLE } from '../../../src/core/statement.ts';
import type { Verdict } from '../../../src/core/verdict.ts';
import { analyzeSql, loadSqlParser } from '../../../src/policies/analyzers/sql/analyze.ts';
import type { DatabaseFacts, UserFunction } from '../../../src/policies/analyzers/sql/database-facts.ts';
import { withTree } from '../../../src/policies/analyzers/sql/statement.ts';
import type { CommandRule, DatabaseRole } from '../../../src/policies/document/schema.ts';
import { decideStatement } from '../../../src/policies/rules/decide.ts';
import { matchesBeginning, matchesPattern } from '../../../src/policies/rules/name-pattern.ts';
import { selectorApplies } from '../../../src/policies/rules/select.ts';
import { NO_UNBOUNDED_WRITES } from './sql-sample.ts';

beforeAll(loadSqlParser);

const READ: DatabaseRole = { allow: ['select'] };
const WRITE: DatabaseRole = { allow: ['select', 'insert', 'update', 'delete', 'merge'] };
const OWNER: DatabaseRole = { allow: 'all' };

function decide(
  text: string,
  options: { role: DatabaseRole; rules?: readonly CommandRule[]; facts?: DatabaseFacts },
): Verdict {
  const { statements, parseError } = analyzeSql(text, options.facts);
  return decideStatement({
    analyses: statements,
    parseError,
    roleName: 'tester',
    role: options.role,
    rules: options.rules ?? [],
    masks: null,
  });
}

function rule(match: CommandRule['match'], others: Partial<CommandRule> = {}): CommandRule {
  return { name: 'the-rule', on: {}, match, action: 'deny', message: 'No.', ...others };
}

describe('a role', () => {
  it('says which effect it lacks, and what it allows', () => {
    expect(decide('DROP TABLE a', { role: READ })).toEqual({
      action: 'deny',
      rule: 'role',
      reason: 'The role tester does not allow "drop". It allows select.',
    });
  });

  it('names the most consequential effect that it lacks', () => {
    const { reason } = decide(
      'WITH d AS (DELETE FROM a WHERE id = 1 RETURNING *) INSERT INTO b SELECT * FROM d',
      {
        role: READ,
      },
    );
    expect(reason).toContain('"delete"');
  });

  it('always has transactions and safe settings, and nothing else by itself', () => {
    const nothing: DatabaseRole = { allow: [] };
    expect(decide('BEGIN; SHOW timezone; COMMIT', { role: nothing }).action).toBe('allow');
    expect(decide('SELECT 1', { role: nothing }).action).toBe('deny');
  });

  it('that allows everything still does not allow what is unknown', () => {
    expect(decide('DROP TABLE a', { role: OWNER }).action).toBe('allow');
    expect(decide("SELECT query_to_xml('SELECT 1', true, true, '')", { role: OWNER })).toMatchObject({
      action: 'deny',
      rule: 'role',
    });
  });

  it.each([
    ["ALTER USER CURRENT_USER PASSWORD 'x'", 'role-admin'],
    ["SELECT pg_read_file('a')", 'server-file'],
    ["COPY a TO PROGRAM 'b'", 'copy-program'],
  ] as const)(
    'that allows everything has what leads around the broker only where it is listed: %s',
    (text, effect) => {
      const lacking = ['role-admin', 'server-file', 'copy-program'].join(', ');
      expect(decide(text, { role: OWNER })).toEqual({
        action: 'deny',
        rule: 'role',
        reason:
          `The role tester does not allow "${effect}". It allows all effects but ${lacking}. ` +
          `What could make a way around Sallyport is allowed only where a role lists it: allow: [all, ${effect}].`,
      });
      expect(decide(text, { role: { allow: ['all'] } }).action).toBe('deny');
      expect(decide(text, { role: { allow: [effect, 'all'] } }).action).toBe('allow');
    },
  );

  describe('with a login for each grant', () => {
    const ephemeral: DatabaseRole = {
      allow: ['all', 'role-admin'],
      ephemeralRole: { memberOf: ['app_owner'] },
    };

    it.each([
      "ALTER USER CURRENT_USER PASSWORD 'x'",
      "ALTER ROLE session_user VALID UNTIL 'infinity'",
      `ALTER USER "sp_g-abcd2345_alice" PASSWORD 'x'`,
      'ALTER ROLE "sp_g-abcd2345_alice" RENAME TO alice',
      'DROP ROLE current_role',
      "DO $$ BEGIN EXECUTE 'ALTER USER CURRENT_USER PASSWORD ''x'''; END $$",
      "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'ALTER USER CURRENT_USER PASSWORD ''x'''",
    ])('leaves that login to Sallyport, whatever it lists: %s', (text) => {
      const { action, rule } = decide(text, { role: ephemeral });
      expect({ action, rule }).toEqual({ action: 'deny', rule: 'grant-login' });
      expect(decide(text, { role: { allow: ephemeral.allow } }).action).toBe('allow');
    });

    it.each([
      "ALTER USER app_rw PASSWORD 'x'",
      'CREATE ROLE other',
      'DROP ROLE other',
      'ALTER TABLE a RENAME TO "sp_g-b"',
    ])('is not in the way of %s', (text) => {
      expect(decide(text, { role: ephemeral }).action).toBe('allow');
    });
  });

  it('does not allow what is unknown even where it lists it', () => {
    expect(decide("SET client_encoding = 'SJIS'", { role: { allow: ['unknown'] } }).action).toBe('deny');
  });

  describe('that names functions', () => {
    const named = (...functions: string[]): DatabaseRole => ({ allow: ['select'], functions });
    const functions: readonly UserFunction[] = [
      { schema: 'app', name: 'total', volatility: 'stable' },
      { schema: 'app', name: 'twice', volatility: 'stable' },
      { schema: 'evil', name: 'twice', volatility: 'volatile' },
      { schema: 'app', name: 'pg_read_file', volatility: 'stable' },
    ];
    const facts: DatabaseFacts = {
      userFunctions: new Map(
        functions.map(({ name }) => [name, functions.filter((one) => one.name === name)]),
      ),
      userOperators: new Map([
        ['<=>', functions.filter((one) => one.name === 'total')],
        ['+', functions.filter((one) => one.name === 'total')],
        ['<->', functions.filter((one) => one.schema === 'evil')],
      ]),
    };

    it.each([
      ['SELECT app.total(1)', named('app.total')],
      ['SELECT total(1)', named('app.total')],
      ['SELECT o.total FROM orders o', named('app.total')],
      ['SELECT 1 <=> 2', named('app.total')],
      ['SELECT total(app.twice(1))', named('app.*')],
      ['SELECT twice(1)', named('app.twice', 'evil.twice')],
      ['CALL app.unseen(1)', named('app.unseen')],
    ])('allows %s', (text, role) => {
      expect(decide(text, { role, facts }).action).toBe('allow');
      expect(decide(text, { role: READ, facts })).toMatchObject({ action: 'deny', rule: 'role' });
    });

    it.each([
      ['SELECT twice(1)', 'evil.twice', named('app.twice')],
      ['SELECT evil.twice(1)', 'evil.twice, which is volatile', named('app.twice')],
      ['SELECT unseen(1)', "unseen, which is none of PostgreSQL's own", named('*.*')],
      ['SELECT app.total(1), total(unseen(1))', 'unseen', named('app.total')],
      ['SELECT 1 @#@ 2', 'operator @#@', named('*.*')],
      ['SELECT 1 <-> 2', 'evil.twice, which is volatile', named('app.*')],
      ['SELECT total(1); SELECT twice(1)', 'twice', named('app.total')],
      ["SELECT pg_read_file('/etc/passwd')", 'server-file', named('app.pg_read_file')],
    ])('does not allow %s', (text, reason, role) => {
      const verdict = decide(text, { role, facts });
      expect(verdict).toMatchObject({ action: 'deny', rule: 'role' });
      expect(verdict.reason).toContain(reason);
    });

    it('does not take a built-in operator for a harmless one of the same name', () => {
      expect(decide('SELECT 1 + 2', { role: READ, facts }).action).toBe('allow');
    });

    it('is still narrowed by a rule about calls', () => {
      const verdict = decide('SELECT app.total(1)', {
        role: named('app.total'),
        facts,
        rules: [rule({ effects: ['call'] })],
      });
      expect(verdict).toMatchObject({ action: 'deny', rule: 'the-rule' });
    });
  });

  it('that is read-only never writes, whatever it lists', () => {
    const role: DatabaseRole = { allow: ['select', 'insert', 'call'], readOnly: true };
    const verdict = decide('INSERT INTO a VALUES (1)', { role });
    expect(verdict).toMatchObject({ action: 'deny', rule: 'role' });
    expect(verdict.reason).toContain('read-only');
    expect(decide('SELECT app.f(1)', { role }).action).toBe('allow');
    expect(decide("SELECT nextval('s')", { role: { allow: 'all', readOnly: true } }).action).toBe('deny');
  });

  it.each([
    'BEGIN READ WRITE',
    'START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ WRITE',
    'SET TRANSACTION READ WRITE',
    'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE',
    'SET transaction_read_only = off',
    'SET LOCAL "transaction_read_only" TO 0',
    'SET default_transaction_read_only = false',
    'SET SESSION default_transaction_read_only TO DEFAULT',
    'RESET transaction_read_only',
    "SELECT set_config('Transaction_Read_Only', 'off', true)",
    "SELECT pg_catalog.set_config('default_transaction_read_only', lower('OFF'), false)",
    "SELECT set_config(name, 'off', false) FROM pg_settings WHERE name = 'default_transaction_read_only'",
    "PREPARE p AS SELECT set_config('transaction_read_only', 'off', false)",
    "EXPLAIN SELECT 1 WHERE set_config('transaction_read_only', 'off', false) = 'off'",
  ])('that is read-only keeps its transactions so: %s', (text) => {
    const { action, rule } = decide(text, { role: { allow: 'all', readOnly: true } });
    expect({ action, rule }).toEqual({ action: 'deny', rule: 'read-only' });
    expect(decide(text, { role: OWNER }).action).toBe('allow');
  });

  it.each([
    'BEGIN',
    'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY',
    'SET TRANSACTION READ ONLY',
    'SET default_transaction_read_only = on',
    "SELECT set_config('transaction_read_only', 'on', false)",
    "SELECT set_config(name, 'view', false) FROM pg_settings WHERE name = 'restrict_nonsystem_relation_kind'",
    'RESET ALL',
  ])('that is read-only is not in the way of %s', (text) => {
    expect(decide(text, { role: { allow: 'all', readOnly: true } }).action).toBe('allow');
  });

  it('lets a set of effects through exactly when it has every one of them', () => {
    const effects = fc.uniqueArray(fc.constantFrom(...DATABASE_EFFECTS), { minLength: 1 });
    fc.assert(
      fc.property(
        effects,
        fc.uniqueArray(fc.constantFrom(...DATABASE_EFFECTS)),
        (needed: DatabaseEffect[], allowed: DatabaseEffect[]) => {
          const analysis = { text: '', effects: needed, relations: [], functions: [], flags: [] };
          const { action } = decideStatement({
            analyses: [withTree(analysis, { tree: null, calls: [] })],
            parseError: null,
            roleName: 'tester',
            role: { allow: allowed },
            rules: [],
            masks: null,
          });
          const has = (effect: DatabaseEffect): boolean =>
            allowed.includes(effect) || EFFECTS_OF_EVERY_ROLE.includes(effect);
          const expected = needed.every((effect) => effect !== 'unknown' && has(effect));
          expect(action).toBe(expected ? 'allow' : 'deny');
        },
      ),
    );
  });
});

describe('a rule', () => {
  it('denies with its own message and name', () => {
    expect(decide('DELETE FROM a', { role: WRITE, rules: [NO_UNBOUNDED_WRITES] })).toEqual({
      action: 'deny',
      rule: 'no-unbounded-writes',
      reason: 'Add a WHERE clause.',
    });
    expect(decide('DELETE FROM a WHERE id = 1', { role: WRITE, rules: [NO_UNBOUNDED_WRITES] }).action).toBe(
      'allow',
    );
  });

  it('speaks instead of the role when both object, since its message was written for people', () => {
    expect(decide('DELETE FROM a', { role: READ, rules: [NO_UNBOUNDED_WRITES] }).rule).toBe(
      'no-unbounded-writes',
    );
  });

  it('narrows a role and never widens it', () => {
    expect(decide('DROP TABLE a', { role: WRITE, rules: [rule({ relations: ['b'] })] }).rule).toBe('role');
  });

  it('needs every condition to hold for one and the same statement', () => {
    const rules = [rule({ effects: ['delete'], relations: ['audit_log'] })];
    expect(decide('DELETE FROM audit_log WHERE id = 1', { role: WRITE, rules }).action).toBe('deny');
    expect(decide('DELETE FROM a WHERE id = 1; SELECT * FROM audit_log', { role: WRITE, rules }).action).toBe(
      'allow',
    );
  });

  it('denies the whole text when it means one statement of several', () => {
    const rules = [rule({ effects: ['delete'] })];
    expect(decide('SELECT 1; DELETE FROM a WHERE id = 1; SELECT 2', { role: WRITE, rules }).action).toBe(
      'deny',
    );
  });

  it('means relations by name in any schema, by schema and name, and by pattern', () => {
    const denies = (pattern: string, from: string): boolean =>
      decide(`SELECT * FROM ${from}`, { role: READ, rules: [rule({ relations: [pattern] })] }).action ===
      'deny';
    expect(denies('salaries', 'hr.salaries')).toBe(true);
    expect(denies('hr.salaries', 'hr.salaries')).toBe(true);
    expect(denies('hr.salaries', 'public.salaries')).toBe(false);
    expect(denies('hr.*', 'hr.anything')).toBe(true);
    expect(denies('*_archive', 'public.orders_archive')).toBe(true);
    expect(denies('salar', 'salaries')).toBe(false);
    // Without a schema in the text, search_path decides, so it may be the one that is meant.
    expect(denies('hr.salaries', 'salaries')).toBe(true);
  });

  it('that cannot be judged here denies instead of being ignored', () => {
    for (const action of ['review', 'stop'] as const) {
      const verdict = decide('SELECT 1', { role: READ, rules: [rule({ effects: ['select'] }, { action })] });
      expect(verdict).toMatchObject({ action: 'deny', rule: 'the-rule' });
    }
    expect(decide('SELECT 1', { role: READ, rules: [rule({ rowsOver: 10 })] }).action).toBe('deny');
  });
});

describe('a review', () => {
  const asks = (
    name: string,
    group: string,
    { count = 1, within = 60_000 }: { count?: number; within?: number } = {},
  ): CommandRule =>
    rule(
      { effects: ['drop', 'delete'] },
      { name, action: 'review', message: 'Ask.', approval: { from: [{ group, count }], within } },
    );

  it('asks when nothing denies, and leaves other statements alone', () => {
    const rules = [asks('destructive', 'dba')];
    expect(decide('DROP TABLE a', { role: OWNER, rules })).toEqual({
      action: 'review',
      rule: 'destructive',
      reason: 'Ask.',
      approval: { seats: [groupSeat('dba', 1)], withinMs: 60_000 },
    });
    expect(
      decide('SELECT 1; WITH d AS (DELETE FROM a RETURNING 1) SELECT * FROM d', { role: OWNER, rules })
        .action,
    ).toBe('review');
    expect(decide('SELECT 1', { role: OWNER, rules }).action).toBe('allow');
  });

  it('asks for nothing that the role or any rule denies, whichever comes first', () => {
    const rules = [asks('destructive', 'dba'), rule({ effects: ['drop'] })];
    expect(decide('DROP TABLE a', { role: OWNER, rules })).toMatchObject({
      action: 'deny',
      rule: 'the-rule',
    });
    expect(decide('DROP TABLE a', { role: READ, rules: rules.slice(0, 1) })).toMatchObject({
      action: 'deny',
      rule: 'role',
    });
  });

  it('of several rules asks everybody whom any names, once, for the shortest time', () => {
    const rules = [
      asks('first', 'dba', { count: 2 }),
      asks('second', 'sre', { within: 30_000 }),
      asks('third', 'dba'),
    ];
    expect(decide('DROP TABLE a', { role: OWNER, rules })).toMatchObject({
      rule: 'first, second, third',
      approval: {
        seats: [groupSeat('dba', 2), groupSeat('sre', 1)],
        withinMs: 30_000,
      },
    });
  });

  it('is for one run, so what needs it cannot be prepared by name', () => {
    const verdict = decide('PREPARE p AS DELETE FROM a WHERE id = $1', {
      role: OWNER,
      rules: [asks('destructive', 'dba')],
    });
    expect(verdict).toMatchObject({ action: 'deny', rule: 'destructive' });
  });
});

describe('what cannot be parsed', () => {
  it('is denied with the place that the parser names', () => {
    const verdict = decide('SELEC 1', { role: OWNER });
    expect(verdict).toMatchObject({ action: 'deny', rule: 'unparsable' });
    expect(verdict.reason).toContain('syntax error at or near "SELEC"');
  });
});

describe('selectorApplies', () => {
  const resource = {
    name: 'orders-db',
    kind: 'postgres',
    labels: { env: 'prod', team: 'payments' },
  } as const;

  it('holds when everything that is named holds', () => {
    expect(selectorApplies({}, resource)).toBe(true);
    expect(selectorApplies({ kind: 'postgres', name: 'orders-db', labels: { env: 'prod' } }, resource)).toBe(
      true,
    );
  });

  it('fails on any difference, also on a label that the resource does not have', () => {
    expect(selectorApplies({ kind: 'ssh' }, resource)).toBe(false);
    expect(selectorApplies({ name: 'orders' }, resource)).toBe(false);
    expect(selectorApplies({ labels: { env: 'dev' } }, resource)).toBe(false);
    expect(selectorApplies({ labels: { env: 'prod', region: 'eu' } }, resource)).toBe(false);
    expect(selectorApplies({ labels: { constructor: 'x' } }, resource)).toBe(false);
  });
});

describe('matchesPattern', () => {
  it('agrees with a regular expression on every pattern', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*'), maxLength: 12 });
    fc.assert(
      fc.property(text, text, (pattern, name) => {
        const escaped = pattern.split('*').map((part) => part.replaceAll('.', '\\.'));
        expect(matchesPattern({ pattern, text: name })).toBe(
          new RegExp(`^${escaped.join('.*')}$`).test(name),
        );
      }),
    );
  });

  it('stays linear on patterns made to backtrack', () => {
    // Backtracking would not end within the test's time limit.
    expect(matchesPattern({ pattern: `${'*a'.repeat(200)}b`, text: 'a'.repeat(20_000) })).toBe(false);
  });
});

describe('matchesBeginning', () => {
  it.each([
    ['/srv/*/keys/*', '/srv/app/', true],
    ['/srv/*/keys/*', '/srv/app/keys/', true],
    ['/srv/*/keys/*', '/srv/', true],
    ['/srv/*/keys/*', '/', true],
    ['/srv/*/keys/*', '/srvs/', false],
    ['/srv/*/keys/*', '/opt/', false],
    ['/srv/app/key', '/srv/', true],
    ['/srv/app/key', '/srv/app/', true],
    ['/srv/app/key', '/srv/app/key/', false],
    ['/srv/a*', '/srv/b/', false],
    ['/srv/a*', '/srv/a/', true],
    ['*', '/', true],
  ])('%s, %s -> %s', (pattern, start, expected) => {
    expect(matchesBeginning({ pattern, start })).toBe(expected);
  });

  it('agrees with trying every text that begins so', () => {
    const alphabet = ['a', '/'];
    // No tail has to be longer than the pattern, as `*` may take nothing.
    const tails = [''];
    for (let from = 0, length = 0; length < 6; length += 1) {
      const longer = tails.slice(from).flatMap((tail) => alphabet.map((one) => `${tail}${one}`));
      from = tails.length;
      tails.push(...longer);
    }
    const pattern = fc.string({ unit: fc.constantFrom('a', '/', '*'), maxLength: 6 });
    const start = fc.string({ unit: fc.constantFrom('a', '/'), maxLength: 6 });
    fc.assert(
      fc.property(pattern, start, (tried, begins) => {
        const some = tails.some((tail) => matchesPattern({ pattern: tried, text: `${begins}${tail}` }));
        expect(matchesBeginning({ pattern: tried, start: begins })).toBe(some);
      }),
      { numRuns: 2_000 },
    );
  });

  it('stays linear on patterns made to backtrack', () => {
    const pattern = `${'*a'.repeat(200)}b`;
    expect(matchesBeginning({ pattern, start: 'a'.repeat(20_000) })).toBe(true);
  });
});
