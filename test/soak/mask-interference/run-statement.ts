/** Runs a statement as the relay would, and says all that its sender would learn from it. Nothing is kept. */
import pg from 'pg';
import type { SqlStatement } from '../../../src/policies/analyzers/sql/analyze.ts';
import { applyMask, maskOf, REDACTED } from '../../../src/policies/masks/apply.ts';
import { sanitizedError } from '../../../src/policies/masks/errors.ts';
import { couldQuoteMasked, couldReadMasked } from '../../../src/policies/masks/statement.ts';
import type { MaskedShop } from './two-shops.ts';

/** Each can be taken away, to see that the search notices. */
export interface Protections {
  /** Statements that no mask on their results makes safe are denied. */
  readonly verdicts: boolean;
  /** Values of masked columns are masked. */
  readonly values: boolean;
  /** Errors say nothing that may hold data. */
  readonly errors: boolean;
}

export type Outcome =
  | {
      readonly kind: 'result';
      readonly rows: readonly (readonly (string | null)[])[];
      readonly affected: number | null;
      /** Every unmasked value of the database afterwards. */
      readonly state: string;
      readonly maskedColumns: number;
    }
  | { readonly kind: 'error'; readonly sqlState: string; readonly fields: string }
  | { readonly kind: 'timeout' };

const TIMEOUT_MS = 2_000;
const QUERY_CANCELED = '57014';

const STATE = `
  select json_build_array(
    (select json_agg(row(id, name, city, created_at) order by id) from customers),
    (select json_agg(orders order by id) from orders),
    (select json_agg(row(id, order_id, card_brand, amount, status, paid_at) order by id) from payments),
    (select json_agg(staff order by id) from staff),
    (select json_agg(row(id, at) order by id) from events))::text`;

export async function runStatement(
  shop: MaskedShop,
  text: string,
  options: { readonly statements: readonly SqlStatement[]; readonly protections: Protections },
): Promise<Outcome> {
  await shop.client.query(`begin; set local statement_timeout = ${TIMEOUT_MS}`);
  try {
    return await observe(shop, text, options);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    if (error.code === QUERY_CANCELED) return { kind: 'timeout' };
    return {
      kind: 'error',
      sqlState: error.code ?? '',
      fields: JSON.stringify(reportOf(error, shop, options)),
    };
  } finally {
    await shop.client.query('rollback');
  }
}

async function observe(
  { client, plan }: MaskedShop,
  text: string,
  { statements, protections }: { statements: readonly SqlStatement[]; protections: Protections },
): Promise<Outcome> {
  const result = await client.query<(string | null)[]>({ text, rowMode: 'array' });
  const statementReadsMasked = couldReadMasked(plan, statements);
  const masks = result.fields.map(({ tableID, columnID }) =>
    protections.values ? maskOf(plan, { tableOid: tableID, attnum: columnID, statementReadsMasked }) : null,
  );
  const rows = result.rows.map((row) =>
    row.map((value, index) => {
      const mask = masks[index] ?? null;
      const shown = mask === null ? value : applyMask(mask, value);
      // A mask hides what a value is; whether there is one stays visible by design.
      return mask !== null && shown === REDACTED ? null : shown;
    }),
  );
  return {
    kind: 'result',
    rows,
    affected: result.rowCount,
    state: await stateAfter(client, statements),
    maskedColumns: masks.filter((mask) => mask !== null).length,
  };
}

async function stateAfter(client: pg.Client, statements: readonly SqlStatement[]): Promise<string> {
  const onlyReads = statements.every(({ effects }) => effects.every((effect) => effect === 'select'));
  if (onlyReads) return 'as before';
  const { rows } = await client.query<[string]>({ text: STATE, rowMode: 'array' });
  return rows[0]?.[0] ?? '';
}

/** Field codes of the protocol (section 54.8) under the names of the client library. */
const FIELD_NAMES = {
  C: 'code',
  M: 'message',
  D: 'detail',
  H: 'hint',
  P: 'position',
  W: 'where',
  s: 'schema',
  t: 'table',
  c: 'column',
  n: 'constraint',
} as const satisfies Record<string, keyof pg.DatabaseError>;

function reportOf(
  error: pg.DatabaseError,
  { plan }: MaskedShop,
  { statements, protections }: { statements: readonly SqlStatement[]; protections: Protections },
): readonly { code: string; value: string }[] {
  const fields = Object.entries(FIELD_NAMES).flatMap(([code, name]) => {
    const value = error[name];
    return value === undefined ? [] : [{ code, value }];
  });
  if (!protections.errors) return fields;
  return sanitizedError(fields, {
    quotesMasked: couldQuoteMasked(plan, statements),
    callsUserCode: statements.some(({ effects }) => effects.includes('call')),
  });
}
