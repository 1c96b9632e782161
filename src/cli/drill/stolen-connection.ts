/**
 * A connection as whoever stole a token would make it: the ordinary client library, through the broker's public
 * address, with TLS. What is read stays here: a report never has a value in it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DatabaseError, Query } from 'pg';
import { AppError, messageOf } from '../../core/errors.ts';

export type Answer =
  | {
      readonly kind: 'rows';
      readonly rows: readonly (readonly (string | null)[])[];
      readonly tookMs: number;
    }
  /** @property bySallyport false when the target itself refused: the statement had reached it */
  | {
      readonly kind: 'refused';
      readonly bySallyport: boolean;
      readonly message: string;
      readonly tookMs: number;
    }
  /** It waits for approval, and was withdrawn. */
  | { readonly kind: 'held'; readonly message: string; readonly tookMs: number }
  | { readonly kind: 'lost'; readonly message: string; readonly tookMs: number };

export interface Flood {
  readonly rows: number;
  /** Between the last row and the end of the connection; null while it lives. */
  readonly endedAfterMs: number | null;
  readonly message: string;
}

export interface StolenConnection {
  /** Resolves with the time of `performance.now()` when it is gone. */
  readonly ended: Promise<number>;
  /** `binary`: by the extended protocol, with results in binary format. `copy`: a COPY … TO STDOUT. */
  run(text: string, how?: 'simple' | 'binary' | 'copy'): Promise<Answer>;
  /** Reads as many rows as come, and counts them. */
  flood(text: string): Promise<Flood>;
  close(): Promise<void>;
}

interface Address {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly password: string;
}

const TIMEOUT_MS = 20_000;
/** How long a session that is stopped may take to end before it is said to live on. */
const ENDING_MS = 5_000;
/** What Sallyport's denials say in their details, and no target does. */
const OUR_DETAIL = /^Rule: /;
const HELD = /waits for approval/;
const AS_IT_COMES = { getTypeParser: () => (value: unknown) => value };

class CopyQuery extends Query {
  readonly lines: Buffer[] = [];

  /** Called by the library for each message of COPY data. */
  handleCopyData(message: { readonly chunk: Buffer }): void {
    this.lines.push(message.chunk);
  }
}

/** @throws AppError `unavailable` with what the broker said */
export async function connectAsThief(address: Address, signal: AbortSignal): Promise<StolenConnection> {
  const { username: user, ...rest } = address;
  const client = new Client({
    ...rest,
    user,
    // As `sslmode=require`; the secret itself is bound to the certificate that the broker shows.
    ssl: { rejectUnauthorized: false },
    enableChannelBinding: true,
    connectionTimeoutMillis: TIMEOUT_MS,
    application_name: 'psql',
    types: AS_IT_COMES,
  });
  client.on('error', () => undefined);
  const ended = new Promise<number>((resolve) => client.once('end', () => resolve(performance.now())));
  try {
    await client.connect();
  } catch (error) {
    throw new AppError('unavailable', messageOf(error), { cause: error });
  }
  const leave = (): void => void client.end().catch(() => undefined);
  signal.addEventListener('abort', leave, { once: true });
  void ended.then(() => signal.removeEventListener('abort', leave));
  return openConnection(client, ended);
}

function openConnection(client: Client, ended: Promise<number>): StolenConnection {
  return {
    ended,
    close: () => client.end().catch(() => undefined),
    run: async (text, how = 'simple') => {
      const overdue = setTimeout(() => void client.end().catch(() => undefined), TIMEOUT_MS);
      const begun = performance.now();
      const tookMs = (): number => performance.now() - begun;
      const held = Promise.withResolvers<Answer>();
      const onNotice = ({ message = '' }: { message?: string | undefined }): void => {
        if (!HELD.test(message)) return;
        held.resolve({ kind: 'held', message, tookMs: tookMs() });
        // Nobody may approve what a drill tries: going away withdraws it.
        void client.end().catch(() => undefined);
      };
      client.on('notice', onNotice);
      try {
        const answered = how === 'copy' ? copyOut(client, text) : ask(client, text, how === 'binary');
        const rows = answered.then((found): Answer => ({ kind: 'rows', rows: found, tookMs: tookMs() }));
        return await Promise.race([held.promise, rows]);
      } catch (error) {
        return problemOf(error, tookMs());
      } finally {
        clearTimeout(overdue);
        client.off('notice', onNotice);
      }
    },
    flood: (text) => flood(client, ended, text),
  };
}

async function ask(client: Client, text: string, binary: boolean): Promise<(string | null)[][]> {
  const query = { text, rowMode: 'array' as const, ...(binary ? { values: [], binary: true } : {}) };
  const { rows } = await client.query<unknown[]>(query);
  return rows.map((row) => row.map(textOf));
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return Buffer.isBuffer(value) ? value.toString('utf8') : String(value);
}

async function copyOut(client: Client, text: string): Promise<string[][]> {
  const query = client.query(new CopyQuery(text));
  await new Promise<void>((resolve, reject) => {
    query.on('end', () => resolve());
    query.on('error', reject);
  });
  return query.lines.map((line) => line.toString('utf8').trimEnd().split('\t'));
}

async function flood(client: Client, ended: Promise<number>, text: string): Promise<Flood> {
  let rows = 0;
  let lastAt = performance.now();
  const query = client.query(new Query(text));
  query.on('row', () => {
    rows += 1;
    lastAt = performance.now();
  });
  const overdue = setTimeout(() => void client.end().catch(() => undefined), TIMEOUT_MS);
  const message = await new Promise<string>((resolve) => {
    query.on('end', () => resolve(''));
    query.on('error', (error: unknown) => resolve(messageOf(error)));
  });
  clearTimeout(overdue);
  if (message === '') return { rows, endedAfterMs: null, message };
  const endedAt = await Promise.race([ended, sleep(ENDING_MS, null, { ref: false })]);
  return { rows, endedAfterMs: endedAt === null ? null : endedAt - lastAt, message };
}

function problemOf(error: unknown, tookMs: number): Answer {
  const message = messageOf(error);
  if (!(error instanceof DatabaseError) || error.severity === 'FATAL')
    return { kind: 'lost', message, tookMs };
  return { kind: 'refused', bySallyport: OUR_DETAIL.test(error.detail ?? ''), message, tookMs };
}
