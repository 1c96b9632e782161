/** Clients that nobody wants to wait for: one that reads nothing, one that drips, one with a huge statement. */
import { encodeQuery } from '../../../src/broker/postgres/codec/frontend-simple.ts';
import type { Connection } from '../../integration/broker/broker-harness.ts';
import { RawClient } from '../../integration/broker/raw-client.ts';

const DRIP_MS = 1_000;
const INSERT_BYTES = 6 * 1_048_576;

/** Asks for a hundred megabytes and reads none of them. @returns what ends it */
export async function readNothing(connection: Connection): Promise<() => void> {
  const client = await RawClient.logIn(connection);
  client.socket.pause();
  client.send(encodeQuery("select repeat('x', 1000) from generate_series(1, 100000)"));
  return () => client.close();
}

/** Sends a statement at a byte a second. @returns what ends it */
export async function drip(connection: Connection): Promise<() => void> {
  const client = await RawClient.logIn(connection);
  const bytes = encodeQuery(`select '${'slow '.repeat(100)}'`);
  let sent = 0;
  const timer = setInterval(() => {
    client.send(bytes.subarray(sent, sent + 1));
    sent += 1;
  }, DRIP_MS);
  return () => {
    clearInterval(timer);
    client.close();
  };
}

/** An INSERT of six megabytes in short rows, which is as much as there can be to parse. */
export function hugeInsert(table: string): string {
  const rows: string[] = [];
  let bytes = 0;
  for (let id = 1; bytes < INSERT_BYTES; id += 1) {
    const row = `(${id}, 'content ${id}', ${id % 7} + 1)`;
    rows.push(row);
    bytes += row.length + 1;
  }
  return `insert into ${table} (id, content, amount) values ${rows.join(',')}`;
}
