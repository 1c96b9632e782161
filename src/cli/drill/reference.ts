/** The target itself, by a login of the operator's: what is so, whatever the broker shows. */
import { Client } from 'pg';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import type { ColumnName, TableName } from './plan.ts';

export interface Reference {
  /** Null when there is no such table. */
  countRows(table: TableName): Promise<number | null>;
  /** Some values that are to be masked, without those that anybody could guess. */
  sampleOf(column: ColumnName): Promise<readonly string[]>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 15_000;
const SAMPLE = 10_000;
const GUESSABLE_CHARACTERS = 3;
const NO_SUCH_TABLE = '42P01';

/** @throws AppError `unavailable` when it cannot be reached */
export async function openReference(url: Secret<string>): Promise<Reference> {
  const client = new Client({
    connectionString: url.reveal(),
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    options: '-c default_transaction_read_only=on',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new AppError('unavailable', `The reference connection failed: ${messageOf(error)}`, {
      cause: error,
    });
  }
  return {
    countRows: async ({ sql }) => {
      try {
        const { rows } = await client.query<{ count: string }>(`select count(*) as count from ${sql}`);
        return Number(rows[0]?.count);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === NO_SUCH_TABLE) return null;
        throw error;
      }
    },
    sampleOf: async ({ sql, table }) => {
      const { rows } = await client.query<{ value: string }>(
        `select distinct ${sql}::text as value from ${table.sql} where length(${sql}::text) > ${GUESSABLE_CHARACTERS} limit ${SAMPLE}`,
      );
      return rows.map(({ value }) => value);
    },
    close: () => client.end().catch(() => undefined),
  };
}
