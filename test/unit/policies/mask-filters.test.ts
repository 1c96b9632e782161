/** What masks permit in conditions, hashes, and which functions of the target's own they trust. */

import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { groupSeat } from '../../../src/core/claim.ts';
import { Secret } from '../../../src/core/secret.ts';
import { analyzeSql, loadSqlParser } from '../../../src/policies/analyzers/sql/analyze.ts';
import type { Mask } from '../../../src/policies/document/schema.ts';
import { applyMask, looksMasked } from '../../../src/policies/masks/apply.ts';
import { compileMaskPlan } from '../../../src/policies/masks/compile-plan.ts';
import { harmlessFunctions } from '../../../src/policies/masks/harmless-functions.ts';
import type { CatalogRelation } from '../../../src/policies/masks/plan.ts';
import { judgeForMasks } from '../../../src/policies/masks/statement.ts';
import { SAMPLE_CATALOG } from './sql-sample.ts';

beforeAll(loadSqlParser);

function verdictOn(
  text: string,
  mask: Pick<Mask, 'whenFiltered' | 'approval'>,
  others: readonly Mask[] = [],
) {
  const masks: Mask[] = [
    { name: 'm', columns: ['public.customers.email'], with: 'redact', ...mask },
    ...others,
  ];
  const plan = compileMaskPlan({ masks, catalog: SAMPLE_CATALOG });
  return judgeForMasks(plan, analyzeSql(text).statements);
}

const EQUALITIES = [
  "SELECT id FROM customers WHERE email = 'a@example.com'",
  "SELECT id FROM customers WHERE 'a@example.com' = email",
  'SELECT id FROM customers WHERE email = $1 AND id > 3',
  'SELECT id FROM customers WHERE id = 3 OR email = $1::text',
  "SELECT id FROM customers WHERE email IN ('a', 'b', $1)",
  'SELECT id FROM customers WHERE email = ANY ($1)',
  "UPDATE customers SET name = 'x' WHERE email = $1",
  'DELETE FROM customers c WHERE c.email = $1',
  "INSERT INTO customers (email) VALUES ('x') ON CONFLICT (email) DO NOTHING",
];
const OTHER_FILTERS = [
  "SELECT id FROM customers WHERE email LIKE 'a%'",
  "SELECT id FROM customers WHERE email > 'a'",
  "SELECT id FROM customers WHERE NOT email = 'a'",
  "SELECT id FROM customers WHERE email <> 'a'",
  "SELECT id FROM customers WHERE email NOT IN ('a')",
  "SELECT id FROM customers WHERE lower(email) = 'a'",
  'SELECT id FROM customers WHERE email = name',
  "SELECT id FROM customers WHERE email = (SELECT 'a')",
  "SELECT id FROM customers c WHERE c = '(1,a)'",
  'SELECT id FROM customers ORDER BY email',
  'SELECT o.id FROM orders o JOIN customers c ON c.email = o.email',
  "SELECT count(*) FILTER (WHERE email = 'a') FROM customers",
  "SELECT CASE WHEN email = 'a' THEN 1 END FROM customers",
  'SELECT count(*) FROM customers GROUP BY email',
];
const WRITES = [
  'INSERT INTO log (line) SELECT email FROM customers',
  "UPDATE customers SET email = '***' WHERE id = 1",
  'CREATE TABLE c AS SELECT email FROM customers',
];

describe('conditions on masked columns', () => {
  it('are denied unless the mask says otherwise', () => {
    for (const text of [...EQUALITIES, ...OTHER_FILTERS, ...WRITES])
      expect(verdictOn(text, {})?.action, text).toBe('deny');
  });

  it('may compare with given values where the mask says equality', () => {
    for (const text of EQUALITIES) expect(verdictOn(text, { whenFiltered: 'equality' }), text).toBeNull();
    for (const text of [...OTHER_FILTERS, ...WRITES])
      expect(verdictOn(text, { whenFiltered: 'equality' })?.action, text).toBe('deny');
  });

  it('may be anything where the mask says allow, but values go nowhere', () => {
    for (const text of [...EQUALITIES, ...OTHER_FILTERS])
      expect(verdictOn(text, { whenFiltered: 'allow' }), text).toBeNull();
    for (const text of WRITES) expect(verdictOn(text, { whenFiltered: 'allow' })?.action, text).toBe('deny');
  });

  it('ask people where the mask says review, and cannot be prepared by name then', () => {
    const approval = { from: [{ group: 'dba', count: 2 }], within: 60_000 };
    const mask = { whenFiltered: 'review' as const, approval };
    for (const text of [...EQUALITIES, ...OTHER_FILTERS])
      expect(verdictOn(text, mask), text).toMatchObject({
        action: 'review',
        rule: 'masks',
        approval: { seats: [groupSeat('dba', 2)], withinMs: 60_000 },
      });
    for (const text of [...WRITES, `PREPARE p AS ${EQUALITIES[0]}`])
      expect(verdictOn(text, mask)?.action, text).toBe('deny');
    expect(verdictOn('SELECT email FROM customers WHERE id = 1', mask)).toBeNull();
  });

  it('follow the strictest of the masks that they touch', () => {
    const phone: Mask = { name: 'p', columns: ['public.customers.phone'], with: 'redact' };
    const text = "SELECT id FROM customers WHERE email = 'a' AND phone = '1'";
    expect(verdictOn(text, { whenFiltered: 'allow' }, [phone])?.action).toBe('deny');
    expect(
      verdictOn("SELECT id FROM customers WHERE email LIKE 'a'", { whenFiltered: 'allow' }, [phone]),
    ).toBeNull();
  });
});

describe('a hash', () => {
  const hashKey = new Secret(randomBytes(32));

  it('is the same for equal values under one key, and tells nothing without it', () => {
    const hash = applyMask({ hashKey }, 'ada@example.com');
    expect(hash).toMatch(/^[0-9a-f]{24}$/);
    expect(applyMask({ hashKey }, 'ada@example.com')).toBe(hash);
    expect(applyMask({ hashKey }, 'bob@example.com')).not.toBe(hash);
    expect(applyMask({ hashKey: new Secret(randomBytes(32)) }, 'ada@example.com')).not.toBe(hash);
    expect(applyMask({ hashKey }, null)).toBeNull();
  });

  it('is known again when it comes back, and no other text is taken for one', () => {
    const hash = applyMask({ hashKey }, 'ada@example.com') ?? '';
    expect(looksMasked(hash, { hashKey })).toBe(true);
    expect(
      looksMasked(
        hash.replace(/^./, (first) => (first === '0' ? '1' : '0')),
        { hashKey },
      ),
    ).toBe(false);
    expect(looksMasked('0123456789abcdef01234567', { hashKey })).toBe(false);
  });

  it('becomes a redaction where there is no key', () => {
    const masks: Mask[] = [{ name: 'm', columns: ['public.customers.email'], with: 'hash' }];
    expect(compileMaskPlan({ masks, catalog: SAMPLE_CATALOG }).byOid.get(20_001)?.masks.get(3)).toBe(
      'redact',
    );
  });
});

describe('functions of the target', () => {
  const text = (oid: number, name: string, source: string | null) => ({ oid, name, trusted: false, source });

  it('are harmless while their bodies name nothing that could bring out a masked value', () => {
    const functions = [
      text(1, 'twice', 'select $1 * 2'),
      text(2, 'peek', 'select email from Customers'),
      text(3, 'through', 'begin return peek(); end'),
      text(4, 'dynamic', "begin execute 'sel' || 'ect'; end"),
      text(5, 'compiled', null),
      text(6, 'escaped', 'select * from U&"\\0063ustomers"'),
      text(7, 'as_xml', "select query_to_xml('x', true, true, '')"),
      { oid: 8, name: 'similarity', trusted: true, source: null },
    ];
    expect([...harmlessFunctions(functions, new Set(['customers']))]).toEqual([1, 8]);
  });
});

describe('views', () => {
  const masks: Mask[] = [{ name: 'm', columns: ['public.customers.email'], with: { keepLast: 4 } }];
  const masked = (definition: string | null, view: Partial<CatalogRelation> = {}): unknown => {
    const relation: CatalogRelation = {
      oid: 30_000,
      schema: 'public',
      name: 'v',
      columns: [
        { attnum: 1, name: 'a' },
        { attnum: 2, name: 'b' },
      ],
      readsFrom: [{ oid: 20_001, attnum: 3 }],
      definition,
      ...view,
    };
    return Object.fromEntries(
      compileMaskPlan({ masks, catalog: [...SAMPLE_CATALOG, relation] }).byOid.get(30_000)?.masks ?? [],
    );
  };
  const ALL = { 1: 'redact', 2: 'redact' };

  it('mask the columns that a masked one flows into, and keep its mask where it is as it was', () => {
    expect(masked('SELECT c.id AS a, c.email AS b FROM public.customers c')).toEqual({ 2: { keepLast: 4 } });
    expect(masked('SELECT upper(email) AS a, name AS b FROM public.customers')).toEqual({ 1: 'redact' });
    expect(
      masked(
        'SELECT id AS a, name AS b FROM public.customers UNION ALL SELECT id, email FROM public.customers',
      ),
    ).toEqual({ 2: 'redact' });
    expect(masked('SELECT row_to_json(c.*) AS a, c.id AS b FROM public.customers c')).toEqual({
      1: 'redact',
    });
  });

  it('are redacted altogether where rows depend on a masked column, or nobody can tell', () => {
    for (const definition of [
      "SELECT id AS a, name AS b FROM public.customers WHERE email LIKE 'a%'",
      'SELECT id AS a, name AS b FROM public.customers ORDER BY email',
      'SELECT count(*) AS a, max(id) AS b FROM public.customers GROUP BY email',
      "SELECT id AS a, query_to_xml('select 1', true, true, '') AS b FROM public.customers",
      'SELECT * FROM public.customers',
      'not even SQL',
      null,
    ])
      expect(masked(definition), String(definition)).toEqual(ALL);
    expect(masked('SELECT id AS a, name AS b FROM public.customers', { calls: [99] })).toEqual(ALL);
  });
});
