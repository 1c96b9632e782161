/** The client library, for a machine where `psql` is not to be had. */
import { Client, DatabaseError } from 'pg';
import { AppError, messageOf } from '../../core/errors.ts';
import type { SqlClient, SqlResult, SqlSession } from './sql-client.ts';

const TIMEOUT_MS = 15_000;

export function libraryClient(description: string): SqlClient {
  return { description, connect };
}

async function connect(url: string): Promise<SqlSession> {
  const address = new URL(url);
  // libpq's `require` encrypts and does not verify; the library would take it for more.
  const encrypted = address.searchParams.get('sslmode') === 'require';
  address.searchParams.delete('sslmode');
  const client = new Client({
    connectionString: address.href,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    ...(encrypted ? { ssl: { rejectUnauthorized: false } } : {}),
  });
  const ended = new Promise<void>((resolve) => client.once('end', () => resolve()));
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new AppError('unavailable', messageOf(error), { cause: error });
  }
  return {
    ended,
    close: () => client.end(),
    run: async (statement): Promise<SqlResult> => {
      try {
        const { rows } = await client.query<(string | null)[]>({ text: statement, rowMode: 'array' });
        return { ok: true, rows: rows.map((row) => row.map((cell) => String(cell ?? ''))) };
      } catch (error) {
        const sqlState = error instanceof DatabaseError ? (error.code ?? '') : '';
        return { ok: false, sqlState, message: messageOf(error) };
      }
    },
  };
}
