/** The sample database of the corpus: what is in it and what is masked. */
import type { CommandRule, Mask } from '../../../src/policies/document/schema.ts';
import { compileMaskPlan } from '../../../src/policies/masks/compile-plan.ts';
import type { CatalogRelation } from '../../../src/policies/masks/plan.ts';

interface Table {
  readonly oid: number;
  readonly name: string;
  readonly columns: string;
  readonly schema?: string;
  readonly inherits?: readonly number[];
  readonly readsFrom?: CatalogRelation['readsFrom'];
}

function relation({
  oid,
  name,
  columns,
  schema = 'public',
  inherits = [],
  readsFrom = [],
}: Table): CatalogRelation {
  const listed = columns.split(' ').map((column, index) => ({ attnum: index + 1, name: column }));
  return { oid, schema, name, columns: listed, readsFrom, inherits };
}

export const SAMPLE_CATALOG: readonly CatalogRelation[] = [
  relation({ oid: 20_001, name: 'customers', columns: 'id name email phone created_at' }),
  relation({ oid: 20_002, name: 'orders', columns: 'id customer_id email total state' }),
  relation({ oid: 20_003, name: 'payments', columns: 'id order_id card_number amount' }),
  relation({ oid: 20_004, name: 'payments', columns: 'id order_id card_number amount', schema: 'archive' }),
  relation({ oid: 20_005, name: 'staff', columns: 'id name' }),
  relation({ oid: 20_006, name: 'log', columns: 'id line' }),
  relation({ oid: 20_007, name: 'events', columns: 'id at email' }),
  relation({ oid: 20_008, name: 'events_2026', columns: 'at id email', inherits: [20_007] }),
  relation({
    oid: 20_009,
    name: 'customer_overview',
    columns: 'id name contact',
    readsFrom: [1, 2, 3].map((attnum) => ({ oid: 20_001, attnum })),
  }),
  relation({
    oid: 20_010,
    name: 'contacts',
    columns: 'id label',
    readsFrom: [{ oid: 20_009, attnum: 3 }],
  }),
  relation({ oid: 20_011, name: 'order_totals', columns: 'total', readsFrom: [{ oid: 20_002, attnum: 4 }] }),
  relation({ oid: 20_012, name: 'opaque', columns: 'a b', readsFrom: [{ oid: 0, attnum: null }] }),
];

export const SAMPLE_MASKS: readonly Mask[] = [
  { name: 'card-numbers', columns: ['*.payments.card_number'], with: { keepLast: 4 } },
  { name: 'contact', columns: ['public.customers.email', 'public.customers.phone'], with: 'redact' },
  { name: 'events', columns: ['public.events.email'], with: { keepFirst: 2 } },
];

export const SAMPLE_PLAN = compileMaskPlan({ masks: SAMPLE_MASKS, catalog: SAMPLE_CATALOG });

export const NO_UNBOUNDED_WRITES: CommandRule = {
  name: 'no-unbounded-writes',
  on: { kind: 'postgres' },
  match: { effects: ['delete', 'update'], missingWhere: true },
  action: 'deny',
  message: 'Add a WHERE clause.',
};
