/** Our own queries on a fresh upstream connection, before the client's first: simple protocol, text. */
import type { Socket } from 'node:net';
import { AppError } from '../../core/errors.ts';
import { encodeQuery } from './codec/frontend-simple.ts';
import { BACKEND_MESSAGE_BYTES_MAX, REWRITTEN_ROW_BYTES_MAX } from './codec/limits.ts';
import { BACKEND } from './codec/message-types.ts';
import { parseReport } from './codec/report.ts';
import { parseDataRow, parseRowDescription } from './codec/rows.ts';
import { readMessage } from './handshake-reader.ts';

const ROWS_MAX = 1_000_000;

export type TextRow = Readonly<Record<string, string | null>>;

/**
 * Runs one statement and returns its rows as text, by column name.
 * @throws AppError `upstream_failed` when the target answers with an error or with too many rows
 */
export async function runUpstreamQuery(socket: Socket, text: string): Promise<TextRow[]> {
  socket.write(encodeQuery(text));
  const rows: TextRow[] = [];
  let names: readonly string[] = [];
  let failure: string | null = null;
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
      failure = parseReport(body).get('M') ?? 'no reason given';
    } else if (type === BACKEND.readyForQuery) {
      if (failure !== null)
        throw new AppError('upstream_failed', `The target refused a catalog query: ${failure}`);
      return rows;
    }
  }
}
