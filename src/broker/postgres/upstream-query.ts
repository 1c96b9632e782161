/**
 * Our own queries on an upstream connection while no client uses it: simple protocol, text. They run with a
 * search_path of our own: the client chooses the session's, and could put tables and operators of its own
 * before those of the catalog.
 */
import type { Socket } from 'node:net';
import { AppError } from '../../core/errors.ts';
import { encodeQuery } from './codec/frontend-simple.ts';
import { BACKEND_MESSAGE_BYTES_MAX, REWRITTEN_ROW_BYTES_MAX } from './codec/limits.ts';
import { BACKEND } from './codec/message-types.ts';
import { parseReport, type ReportFields } from './codec/report.ts';
import { parseDataRow, parseRowDescription } from './codec/rows.ts';
import { readMessage } from './handshake-reader.ts';

const ROWS_MAX = 1_000_000;
/** Temporary objects come first unless they are named. */
const SEARCH_PATH = 'pg_catalog, pg_temp';

export type TextRow = Readonly<Record<string, string | null>>;

/**
 * Runs statements in one transaction and returns their rows as text, by column name.
 * @param what named in the error: "The target refused …"
 * @throws AppError `upstream_failed` when the target answers with an error (its SQLSTATE is `targetState` in
 *   the context) or with too many rows
 */
export async function runUpstreamQuery(
  socket: Socket,
  text: string,
  what = 'a catalog query',
): Promise<TextRow[]> {
  socket.write(encodeQuery(`begin; set local search_path = ${SEARCH_PATH}; ${text}; commit`));
  const rows: TextRow[] = [];
  let names: readonly string[] = [];
  let failure: ReportFields | null = null;
  for (;;) {
    const { type, body } = await readMessage(
      socket,
      Math.max(BACKEND_MESSAGE_BYTES_MAX, REWRITTEN_ROW_BYTES_MAX),
    );
    if (type === BACKEND.dataRow) {
      if (rows.length >= ROWS_MAX)
        throw new AppError('upstream_failed', 'The target has too many relations to read');
      const values = parseDataRow(body);
      rows.push(
        Object.fromEntries(names.map((name, index) => [name, values[index]?.toString('utf8') ?? null])),
      );
    } else if (type === BACKEND.rowDescription) {
      names = parseRowDescription(body).map(({ name }) => name);
    } else if (type === BACKEND.error) {
      failure = parseReport(body);
    } else if (type === BACKEND.readyForQuery) {
      if (failure !== null) throw refusal(what, failure);
      return rows;
    }
  }
}

function refusal(what: string, fields: ReportFields): AppError {
  const reason = fields.get('M') ?? 'no reason given';
  const context = { targetState: fields.get('C') ?? null };
  return new AppError('upstream_failed', `The target refused ${what}: ${reason}`, { context });
}
