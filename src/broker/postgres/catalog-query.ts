/** Questions of ours about the catalog, on a connection of our own and between two statements of a client. */
import type { Socket } from 'node:net';
import { AppError } from '../../core/errors.ts';
import {
  encodeBind,
  encodeClose,
  encodeDescribe,
  encodeExecute,
  encodeParse,
} from './codec/frontend-extended.ts';
import { encodeQuery, encodeSync } from './codec/frontend-simple.ts';
import { BACKEND_MESSAGE_BYTES_MAX, REWRITTEN_ROW_BYTES_MAX } from './codec/limits.ts';
import { BACKEND } from './codec/message-types.ts';
import { parseReport } from './codec/report.ts';
import { parseDataRow, parseRowDescription } from './codec/rows.ts';
import { readMessage } from './handshake-reader.ts';
import type { TextRow } from './upstream-query.ts';

const NAME = 'sallyport_catalog';
const ROWS_MAX = 1_000_000;

/**
 * Its rows as text, by column name. Nothing else may be reading the socket.
 * @throws AppError `upstream_failed` when the target answers with an error or with too many rows
 */
export function runCatalogQuery(socket: Socket, text: string): Promise<TextRow[]> {
  socket.write(encodeQuery(text));
  return readAnswer(socket);
}

/**
 * The same on a client's connection: the extended protocol under names of its own leaves the client's unnamed
 * statement and portal alone, and Sync ends nothing within a transaction.
 */
export function runBetweenStatements(socket: Socket, text: string): Promise<TextRow[]> {
  socket.write(
    Buffer.concat([
      encodeParse({ name: NAME, text }),
      encodeBind({ portal: NAME, statement: NAME, parameterFormats: [], parameters: [], resultFormats: [] }),
      encodeDescribe({ target: 'portal', name: NAME }),
      encodeExecute({ portal: NAME, rowsMax: 0 }),
      encodeClose({ target: 'portal', name: NAME }),
      encodeClose({ target: 'statement', name: NAME }),
      encodeSync(),
    ]),
  );
  return readAnswer(socket);
}

async function readAnswer(socket: Socket): Promise<TextRow[]> {
  const rows: TextRow[] = [];
  let names: readonly string[] = [];
  let failure: string | null = null;
  for (;;) {
    const bytesMax = Math.max(BACKEND_MESSAGE_BYTES_MAX, REWRITTEN_ROW_BYTES_MAX);
    const { type, body } = await readMessage(socket, bytesMax);
    if (type === BACKEND.dataRow) {
      if (rows.length >= ROWS_MAX)
        throw new AppError('upstream_failed', 'The target has too many relations to read');
      const values = parseDataRow(body).map((value) => value?.toString('utf8') ?? null);
      rows.push(Object.fromEntries(names.map((name, index) => [name, values[index] ?? null])));
    } else if (type === BACKEND.rowDescription) {
      names = parseRowDescription(body).map(({ name }) => name);
    } else if (type === BACKEND.error) {
      failure = parseReport(body).get('M') ?? 'no reason given';
    } else if (type === BACKEND.readyForQuery) {
      if (failure === null) return rows;
      throw new AppError('upstream_failed', `The target refused a question about its catalog: ${failure}`);
    }
  }
}
