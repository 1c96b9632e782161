import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { isAppError } from '../../../src/core/errors.ts';
import { analyzeSql, loadSqlParser } from '../../../src/policies/analyzers/sql/analyze.ts';

import {
  type AppliedMask,
  applyMask,
  looksMasked,
  maskOf,
  REDACTED,
} from '../../../src/policies/masks/apply.ts';
import { parseCatalog } from '../../../src/policies/masks/catalog.ts';
import { compileMaskPlan } from '../../../src/policies/masks/compile-plan.ts';
import { type ErrorField, sanitizedError } from '../../../src/policies/masks/errors.ts';
import { isEmptyPlan } from '../../../src/policies/masks/plan.ts';
import {
  couldQuoteMasked,
  couldReadMasked,
  judgeForMasks,
  unfamiliarRelations,
} from '../../../src/policies/masks/statement.ts';
import { readMasked } from '../../support/sql-corpus.ts';
import { SAMPLE_CATALOG, SAMPLE_MASKS, SAMPLE_PLAN } from './sql-sample.ts';

beforeAll(loadSqlParser);

const reads = (text: string): boolean => couldReadMasked(SAMPLE_PLAN, analyzeSql(text).statements);
const quotes = (text: string): boolean => couldQuoteMasked(SAMPLE_PLAN, analyzeSql(text).statements);

function maskedColumns(name: string): Record<string, AppliedMask> {
  const relations = SAMPLE_PLAN.byName.get(name) ?? [];
  return Object.fromEntries(
    relations.flatMap(({ columns, masks }) =>
      columns.flatMap((column) => {
        const how = masks.get(column.attnum);
        return how === undefined ? [] : [[column.name, how]];
      }),
    ),
  );
}

describe('compileMaskPlan', () => {
  it('finds the columns that the patterns name', () => {
    expect(maskedColumns('customers')).toEqual({ email: 'redact', phone: 'redact' });
    expect(maskedColumns('orders')).toEqual({});
    expect(
      SAMPLE_PLAN.byName.get('payments')?.map((relation) => [relation.schema, relation.masks.size]),
    ).toEqual([
      ['public', 1],
      ['archive', 1],
    ]);
  });

  it('keeps the mask on partitions, by name and not by position', () => {
    expect(maskedColumns('events_2026')).toEqual({ email: { keepFirst: 2 } });
  });

  it('gives a parent the mask of its child, whose rows its scans return', () => {
    const catalog = [
      { oid: 1, schema: 's', name: 'parent', columns: [{ attnum: 1, name: 'pin' }], readsFrom: [] },
      {
        oid: 2,
        schema: 's',
        name: 'child',
        columns: [{ attnum: 3, name: 'pin' }],
        readsFrom: [],
        inherits: [1],
      },
    ];
    const plan = compileMaskPlan({ masks: [{ name: 'm', columns: ['s.child.pin'], with: 'null' }], catalog });
    expect(maskOf(plan, { tableOid: 1, attnum: 1, statementReadsMasked: false })).toBe('null');
  });

  it('redacts every column of a view that reads a masked one, however indirectly, or nobody knows what', () => {
    expect(maskedColumns('customer_overview')).toEqual({ id: 'redact', name: 'redact', contact: 'redact' });
    expect(maskedColumns('contacts')).toEqual({ id: 'redact', label: 'redact' });
    expect(maskedColumns('opaque')).toEqual({ a: 'redact', b: 'redact' });
    expect(maskedColumns('order_totals')).toEqual({});
  });

  it('redacts what is generated from a masked column', () => {
    const columns = [
      { attnum: 1, name: 'email' },
      { attnum: 2, name: 'domain', generatedFrom: [1] },
      { attnum: 3, name: 'id' },
    ];
    const catalog = [{ oid: 1, schema: 's', name: 't', columns, readsFrom: [] }];
    const plan = compileMaskPlan({
      masks: [{ name: 'm', columns: ['s.t.email'], with: { keepLast: 2 } }],
      catalog,
    });
    expect([...(plan.byOid.get(1)?.masks ?? [])]).toEqual([
      [1, { keepLast: 2 }],
      [2, 'redact'],
    ]);
  });

  it('ends when relations depend on each other in a circle', () => {
    const relation = (oid: number, other: number) => ({
      oid,
      schema: 's',
      name: `r${oid}`,
      columns: [{ attnum: 1, name: 'a' }],
      readsFrom: [{ oid: other, attnum: null }],
    });
    const catalog = [relation(1, 2), relation(2, 1)];
    const plan = compileMaskPlan({ masks: [{ name: 'm', columns: ['*.r1.a'], with: 'redact' }], catalog });
    expect(plan.byOid.get(2)?.masks.size).toBe(1);
  });

  it('lets the first mask of the document decide', () => {
    const masks = [
      { name: 'one', columns: ['*.customers.email'], with: { keepLast: 3 } },
      { name: 'two', columns: ['*.*.*'], with: 'redact' as const },
    ];
    const plan = compileMaskPlan({ masks, catalog: SAMPLE_CATALOG });
    expect(maskOf(plan, { tableOid: 20_001, attnum: 3, statementReadsMasked: false })).toEqual({
      keepLast: 3,
    });
    expect(maskOf(plan, { tableOid: 20_005, attnum: 1, statementReadsMasked: false })).toBe('redact');
  });

  it('is empty where nothing matches', () => {
    const plan = compileMaskPlan({
      masks: [{ name: 'm', columns: ['*.nothing.x'], with: 'redact' }],
      catalog: SAMPLE_CATALOG,
    });
    expect(isEmptyPlan(plan)).toBe(true);
    expect(maskOf(plan, { tableOid: 0, attnum: 0, statementReadsMasked: true })).toBeNull();
    expect(
      judgeForMasks(plan, analyzeSql("SELECT 1 FROM customers WHERE email = 'x'").statements),
    ).toBeNull();
  });
});

describe('maskOf', () => {
  const column = (tableOid: number, attnum: number, statementReadsMasked = false) =>
    maskOf(SAMPLE_PLAN, { tableOid, attnum, statementReadsMasked });

  it('masks what the plan masks and nothing else of that relation', () => {
    expect(column(20_003, 3)).toEqual({ keepLast: 4 });
    expect(column(20_003, 4, true)).toBeNull();
  });

  it('redacts expressions and unknown relations only while masked data could be read', () => {
    expect(column(0, 0, true)).toBe('redact');
    expect(column(99_999, 1, true)).toBe('redact');
    expect(column(0, 0)).toBeNull();
    expect(column(99_999, 1)).toBeNull();
  });

  it('redacts the whole row of a masked relation', () => {
    expect(column(20_001, 0)).toBe('redact');
    expect(column(20_002, 0)).toBeNull();
  });

  it('shows the columns of the server itself', () => {
    expect(column(1_259, 2, true)).toBeNull();
  });
});

describe('applyMask', () => {
  it('shows what it is told to keep and nothing else', () => {
    expect(applyMask('redact', 'ada@example.com')).toBe(REDACTED);
    expect(applyMask('redact', '')).toBe(REDACTED);
    expect(applyMask('null', 'x')).toBeNull();
    expect(applyMask({ keepLast: 4 }, '4111111111111234')).toBe('************1234');
    expect(applyMask({ keepFirst: 2 }, 'Lovelace')).toBe('Lo******');
    expect(applyMask('redact', null)).toBeNull();
  });

  it('never cuts a character, and never shows more than half of a value', () => {
    expect(applyMask({ keepLast: 1 }, 'a😀')).toBe('*😀');
    const how = fc.oneof(
      fc.integer({ min: 1, max: 64 }).map((keepLast): AppliedMask => ({ keepLast })),
      fc.integer({ min: 1, max: 64 }).map((keepFirst): AppliedMask => ({ keepFirst })),
    );
    fc.assert(
      fc.property(
        how,
        fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('*')),
        (mask, value) => {
          const shown = [...(applyMask(mask, value) ?? '')];
          const points = [...value];
          expect(shown.length).toBe(points.length);
          const hidden = shown.filter((point) => point === '*').length;
          expect(hidden * 2).toBeGreaterThanOrEqual(points.length);
          for (const [index, point] of shown.entries()) expect(['*', points[index]]).toContain(point);
        },
      ),
    );
  });

  it('gives all redacted values one look', () => {
    fc.assert(fc.property(fc.string(), (value) => applyMask('redact', value) === REDACTED));
  });

  it('can be recognised when it comes back', () => {
    expect(looksMasked(applyMask('redact', 'x') ?? '')).toBe(true);
    expect(looksMasked(applyMask({ keepLast: 4 }, '4111111111111234') ?? '')).toBe(true);
    expect(looksMasked('4111111111111234')).toBe(false);
  });
});

describe('couldReadMasked', () => {
  it('is false for what only shows bare columns, whose origin the server names', () => {
    expect(reads('SELECT * FROM customers')).toBe(false);
    expect(reads('SELECT c.*, o.total FROM customers c JOIN orders o ON o.customer_id = c.id')).toBe(false);
    expect(reads('SELECT count(*), count(email), max(name) FROM customers')).toBe(false);
    expect(reads('SELECT id, email, upper(name), now() FROM customers')).toBe(false);
    expect(reads('SELECT id, EXISTS (SELECT * FROM customers) FROM orders')).toBe(false);
    expect(reads('SELECT upper(email) FROM orders')).toBe(false);
    expect(reads('EXPLAIN ANALYZE SELECT email FROM customers')).toBe(false);
    expect(reads('UPDATE customers SET name = $1 WHERE id = 1 RETURNING *')).toBe(false);
  });

  it('is true where a masked value may come out under another name', () => {
    for (const text of [
      'SELECT upper(email) FROM customers',
      'SELECT (SELECT email FROM customers LIMIT 1)',
      'SELECT upper(e) FROM (SELECT email AS e FROM customers) s',
      'SELECT upper(x) FROM (SELECT * FROM customers) s (a, b, x)',
      'SELECT row_to_json(c) FROM customers c',
      'SELECT customers FROM customers',
      'SELECT (c).email FROM customers c',
      'SELECT * FROM customers UNION ALL SELECT * FROM customers',
      'WITH u AS (DELETE FROM customers WHERE id = 1 RETURNING *) SELECT upper(email) FROM u',
      'SELECT JSON_ARRAY(SELECT c FROM customers c)',
      'SELECT label || id FROM contacts',
      'SELECT max(email) FROM events_2026',
      'SELECT id FROM customers; SELECT max(card_number) FROM archive.payments',
    ]) {
      expect(reads(text), text).toBe(true);
    }
  });

  it('is true of the rows before and after a change, whatever RETURNING calls them', () => {
    const change = 'UPDATE customers SET name = $1 WHERE id = 1 RETURNING';
    for (const text of [
      `${change} to_jsonb(old)`,
      `${change} new`,
      `${change} WITH (OLD AS excluded) lower(excluded.email)`,
      `WITH u AS (${change} WITH (NEW AS staff) upper(staff.email) AS x) SELECT x FROM u, staff`,
    ]) {
      expect(reads(text), text).toBe(true);
    }
  });

  it('is found in time that does not grow with the power of nested stars or the product of columns and sources', () => {
    const stars = (depth: number): string =>
      `${'SELECT *, * FROM ('.repeat(depth)}SELECT 1 FROM customers${') s'.repeat(depth)}`;
    const list = (count: number, item: (index: number) => string): string =>
      Array.from({ length: count }, (_, index) => item(index)).join(', ');
    const product = `SELECT ${list(2_000, () => 'name')} FROM ${list(2_000, (index) => `customers c${index}`)}`;
    const startedAt = performance.now();
    for (const text of [stars(40), stars(200), product]) reads(text);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('is true where nobody can see what is read', () => {
    for (const text of [
      'SELECT app.leak()',
      'EXECUTE p',
      'FETCH ALL FROM c',
      'CALL p()',
      'DO $$ BEGIN END $$',
      'SELECT * FROM not_in_the_catalog',
      'not even SQL',
    ]) {
      expect(reads(text), text).toBe(true);
    }
  });

  it('is true of every statement that the corpus calls an attack on masks and that reads a masked value', () => {
    const rows = readMasked().filter((row) => /^SELECT.*\(.*(email|card)/.test(row.statement));
    expect(rows.length).toBeGreaterThan(20);
    const unseen = rows.filter((row) => !reads(row.statement) && !quotes(row.statement));
    expect(unseen).toEqual([]);
  });
});

describe('unfamiliarRelations', () => {
  it('names what a fresh snapshot of the catalog could explain', () => {
    const { statements } = analyzeSql(
      'SELECT * FROM customers, new_table, app.other, pg_class; CREATE TABLE t (a int)',
    );
    expect(unfamiliarRelations(SAMPLE_PLAN, statements)).toEqual(['new_table', 'app.other']);
  });
});

describe('sanitizedError', () => {
  const fields = (sqlState: string): readonly ErrorField[] => [
    { code: 'S', value: 'ERROR' },
    { code: 'C', value: sqlState },
    { code: 'M', value: 'quoting ada@example.com' },
    { code: 'D', value: 'Failing row contains (ada@example.com).' },
    { code: 'H', value: 'Hint at ada@example.com' },
    { code: 'W', value: 'PL/pgSQL ada@example.com' },
    { code: 'q', value: "SELECT 'ada@example.com'" },
    { code: 't', value: 'customers' },
    { code: '?', value: 'a field of tomorrow: ada@example.com' },
  ];
  const masked = { quotesMasked: true, callsUserCode: false };

  it('keeps nothing that could quote a row', () => {
    const sent = sanitizedError(fields('22P02'), masked);
    expect(JSON.stringify(sent)).not.toContain('ada@');
    expect(sent.map((field) => field.code)).toEqual(['S', 'C', 'M', 't']);
    expect(sent.find((field) => field.code === 'M')?.value).toContain('22P02');
  });

  it('keeps messages that speak of the statement, unless anybody may have written them', () => {
    const message = (context: typeof masked) =>
      sanitizedError(fields('42703'), context).find((field) => field.code === 'M')?.value;
    expect(message(masked)).toBe('quoting ada@example.com');
    expect(message({ quotesMasked: true, callsUserCode: true })).not.toContain('ada@');
  });

  it('drops the detail of a violated constraint even where no masked relation is named', () => {
    const context = { quotesMasked: false, callsUserCode: false };
    expect(sanitizedError(fields('23514'), context).some((field) => field.code === 'D')).toBe(false);
    expect(sanitizedError(fields('40P01'), context)).toEqual(fields('40P01'));
  });

  it('is asked for by writes too, whose errors show the row', () => {
    expect(quotes('UPDATE customers SET name = NULL WHERE id = 1')).toBe(true);
    expect(quotes('UPDATE orders SET state = NULL WHERE id = 1')).toBe(false);
  });

  it('is asked for by what runs at last what was put off', () => {
    for (const text of ['COMMIT', 'END', 'SET CONSTRAINTS ALL IMMEDIATE'])
      expect(quotes(text), text).toBe(true);
  });
});

describe('parseCatalog', () => {
  it('reads the rows of the catalog query', () => {
    const row = {
      oid: '20001',
      schema: 'public',
      name: 'v',
      columns: '[{"attnum": 1, "name": "a", "generatedFrom": []}]',
      is_view: 't',
      calls: '[]',
      reads_from: '[{"oid": 20000, "attnum": null}]',
      inherits: '[]',
    };
    expect(parseCatalog([row], new Map([[20_001, 'SELECT 1 AS a']]))).toEqual([
      {
        oid: 20_001,
        schema: 'public',
        name: 'v',
        columns: [{ attnum: 1, name: 'a', generatedFrom: [] }],
        calls: [],
        definition: 'SELECT 1 AS a',
        readsFrom: [{ oid: 20_000, attnum: null }],
        inherits: [],
      },
    ]);
  });

  it('refuses rows that it does not understand', () => {
    for (const rows of [
      [{}],
      [{ oid: '1', schema: 's', name: 'n', columns: '{', reads_from: '[]', inherits: '[]' }],
    ]) {
      expect(() => parseCatalog(rows)).toThrow(
        expect.toSatisfy((error: unknown) => isAppError(error, 'upstream_failed')),
      );
    }
  });

  it('compiles the masks of the sample over it', () => {
    expect(SAMPLE_MASKS.length).toBe(3);
    expect(isEmptyPlan(SAMPLE_PLAN)).toBe(false);
  });
});
