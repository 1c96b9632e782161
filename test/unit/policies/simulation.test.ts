import { beforeAll, describe, expect, test } from 'vitest';
import type { Person } from '../../../src/core/identity.ts';
import type { DecisionChange } from '../../../src/core/policy-impact.ts';
import { analyzeSql, loadSqlParser } from '../../../src/policies/analyzers/sql/analyze.ts';
import { parsePolicyDocument } from '../../../src/policies/document/parse.ts';
import type { PolicyDocument } from '../../../src/policies/document/schema.ts';
import { compareAccess } from '../../../src/policies/simulation/compare-access.ts';
import { StatementComparison } from '../../../src/policies/simulation/compare-statement.ts';
import type { ReplayedStatement } from '../../../src/policies/simulation/replayed-statement.ts';

beforeAll(() => loadSqlParser());

interface Parts {
  readonly roles?: string;
  readonly access?: string;
  readonly rules?: string;
  readonly masks?: string;
}

const ACCESS = `
  - name: prod
    who: { groups: [engineering] }
    to: { name: orders-db }
    roles: [write]
    maxDuration: 4h
    approval: { from: [{ group: sre }] }`;

function policy({
  roles = 'write: { allow: [select, insert, update, delete] }',
  access = ACCESS,
  rules = ' []',
  masks = ' []',
}: Parts): PolicyDocument {
  const text = `resources:
  - name: orders-db
    kind: postgres
    address: 127.0.0.1:5432
    database: shop
    credential: { username: app, password: { env: P } }
    roles: { ${roles} }
access: ${access}
rules: ${rules}
masks: ${masks}
`;
  const parsed = parsePolicyDocument(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.document;
}

function statement(text: string, more: Partial<ReplayedStatement> = {}): ReplayedStatement {
  const analysis = analyzeSql(text).statements.map((one) => ({ ...one }));
  return { statement: 1, atMs: 0, text, parameters: [], analysis, rows: 0, resultColumns: [], ...more };
}

function compare(
  before: Parts,
  after: Parts,
  ...statements: ReplayedStatement[]
): (readonly DecisionChange[] | null)[] {
  const documents = { before: policy(before), after: policy(after) };
  const comparison = new StatementComparison(documents, { resource: 'orders-db', role: 'write' });
  return statements.map((one) => comparison.compare(one));
}

const STOP_AT_ROWS = (per: string) => `
  - { name: bulk, on: {}, match: { rowsOver: 10, per: ${per} }, action: stop }`;
const MASKED = '\n  - { name: contact, columns: ["public.customers.email"], with: redact }';
const DENIED = '\n  - { name: no-deletes, on: {}, match: { effects: [delete] }, action: deny }';
const HELD = (count: number) => `
  - { name: ask, on: {}, match: { effects: [delete] }, action: review, approval: { from: [{ group: dba, count: ${count} }] } }`;

describe('a statement', () => {
  test('that both policies decide alike does not change', () => {
    expect(compare({}, {}, statement('select 1'), statement('drop table orders'))).toEqual([[], []]);
    const renamed = DENIED.replace('no-deletes', 'deletes-are-out');
    expect(compare({ rules: DENIED }, { rules: renamed }, statement('delete from orders'))).toEqual([[]]);
  });

  test('is told to change by rules, in both directions', () => {
    const [denied] = compare({}, { rules: DENIED }, statement('delete from orders where id = 1'));
    expect(denied).toMatchObject([{ from: 'allowed', to: 'denied', because: 'no-deletes' }]);
    const [allowed] = compare({ rules: DENIED }, {}, statement('delete from orders where id = 1'));
    expect(allowed).toMatchObject([{ from: 'denied', to: 'allowed', because: 'no-deletes' }]);
  });

  test('that is held by others than before changes, too', () => {
    const [change] = compare({ rules: HELD(1) }, { rules: HELD(2) }, statement('delete from orders'));
    expect(change).toMatchObject([{ from: 'held', to: 'held', because: 'ask' }]);
  });

  test('is told to change by the role, and where there is no such role any more', () => {
    const select = statement('insert into orders values (1)');
    expect(compare({}, { roles: 'write: { allow: [select] }' }, select)).toMatchObject([
      [{ from: 'allowed', to: 'denied', because: 'role' }],
    ]);
    const gone: Parts = { roles: 'read: { allow: [select] }', access: ' []' };
    expect(compare({}, gone, select)).toMatchObject([[{ from: 'allowed', to: 'refused' }]]);
  });

  test('keeps what the recording knew of the target: a function of the database stays a call', () => {
    const text = 'select total(1)';
    const analysis = statement(text).analysis.map((one) => ({ ...one, effects: ['select'] as const }));
    const recorded = statement(text, { analysis });
    expect(
      compare({ roles: 'write: { allow: [select] }' }, { roles: 'write: { allow: [insert] }' }, recorded),
    ).toMatchObject([[{ from: 'allowed', to: 'denied' }]]);
  });

  test('is judged with masks: as a condition, and in what it writes by parameter', () => {
    const filter = statement("select id from customers where email = 'x'");
    expect(compare({}, { masks: MASKED }, filter)).toMatchObject([
      [{ from: 'allowed', to: 'denied', because: 'masks' }],
    ]);
    const text = 'update customers set email = $1 where id = $2';
    const [harmless, back] = compare(
      {},
      { masks: MASKED },
      statement(text, { parameters: ['new@example.com', '1'] }),
      statement(text, { parameters: ['***', '1'] }),
    );
    expect(harmless).toEqual([]);
    expect(back).toMatchObject([{ from: 'allowed', to: 'denied', because: 'masks' }]);
  });

  test('shows less or more of its result', () => {
    const read = statement('select id, email from customers', { resultColumns: ['id', 'email'], rows: 3 });
    expect(compare({}, { masks: MASKED }, read)).toMatchObject([
      [{ from: 'shown', to: 'masked', reason: 'Masked: email.' }],
    ]);
    expect(compare({ masks: MASKED }, {}, read)).toMatchObject([[{ from: 'masked', to: 'shown' }]]);
    const other = statement('select email from staff', { resultColumns: ['email'] });
    expect(compare({}, { masks: MASKED }, other)).toEqual([[]]);
  });

  test('is stopped by the rows that came back, at the limit and not before', () => {
    const rows = (count: number) => statement('select * from orders', { rows: count });
    expect(compare({}, { rules: STOP_AT_ROWS('statement') }, rows(10), rows(11))).toMatchObject([
      [],
      [{ from: 'allowed', to: 'stopped', because: 'bulk' }],
    ]);
    expect(compare({}, { rules: STOP_AT_ROWS('session') }, rows(6), rows(4), rows(1), rows(1))).toMatchObject(
      [[], [], [{ to: 'stopped' }], []],
    );
  });

  test('that is too long is not judged', () => {
    expect(compare({}, { rules: DENIED }, statement(`select '${'x'.repeat(65_526)}'`))).toEqual([[]]);
    expect(compare({}, { rules: DENIED }, statement(`select '${'x'.repeat(65_528)}'`))).toEqual([null]);
  });

  test('of a session to which the same applies needs no look', () => {
    const documents = { before: policy({}), after: policy({ access: ' []' }) };
    expect(new StatementComparison(documents, { resource: 'orders-db', role: 'write' }).isSame).toBe(true);
    const other = { ...documents, after: policy({ rules: DENIED }) };
    expect(new StatementComparison(other, { resource: 'orders-db', role: 'write' }).isSame).toBe(false);
  });
});

describe('a request', () => {
  const alice: Person = {
    kind: 'person',
    id: 'p-alice',
    email: 'alice@example.com',
    name: 'Alice',
    groups: ['engineering'],
    groupsSeenAt: new Date(0),
  };
  const question = {
    identity: alice,
    kind: 'access',
    resource: 'orders-db',
    role: 'write',
    durationMs: 3_600_000,
    reason: 'refund',
    ticket: null,
    incident: null,
    at: new Date('2026-11-20T10:00:00Z'),
  } as const;
  const compareRequest = (before: Parts, after: Parts) =>
    compareAccess({ before: policy(before), after: policy(after) }, question);

  test('that needs the same does not change, whatever the policy is called', () => {
    expect(compareRequest({}, { access: ACCESS.replace('name: prod', 'name: other') })).toBeNull();
  });

  test('changes when nobody may, nobody has to agree, or others do', () => {
    expect(compareRequest({}, { access: ' []' })).toMatchObject({ from: 'votes', to: 'refused' });
    const automatic = ACCESS.replace('{ from: [{ group: sre }] }', 'auto');
    expect(compareRequest({}, { access: automatic })).toMatchObject({
      from: 'votes',
      to: 'automatic',
      because: 'prod',
    });
    expect(compareRequest({}, { access: ACCESS.replace('sre', 'dba') })).toMatchObject({
      from: 'votes',
      to: 'votes',
    });
    expect(compareRequest({}, { access: ACCESS.replace('4h', '30m') })).toMatchObject({
      from: 'votes',
      to: 'refused',
    });
  });
});
