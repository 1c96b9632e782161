/**
 * Clients that write marks into the target's table `executed` as fast as they are answered, until their
 * connection is gone. Each mark is unique, so that a row can be found again in a recording.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import pg from 'pg';
import { connectClient } from '../granted-connection.ts';

export interface Writer {
  /** Resolves when its first statement has been answered. */
  readonly started: Promise<void>;
  /** Resolves when its connection is gone, with the marks whose success it has seen. */
  readonly ended: Promise<readonly string[]>;
}

export type WriterKind = 'pg, simple protocol' | 'pg, extended protocol' | 'psql';

/** Refused by the sample policy. Were it not, marks that were answered for would be gone. */
const REFUSED = 'DELETE FROM executed';
const REFUSED_EVERY = 10;
/** cannot_connect_now: the server is too busy to confirm the grant in time, and forwards nothing meanwhile. */
const UNCONFIRMED = '57P03';

const WRITERS: Readonly<Record<WriterKind, (url: string, name: string) => Writer>> = {
  'pg, simple protocol': (url, name) =>
    writeWithLibrary(url, name, (client, mark) => client.query(insertOf(mark))),
  'pg, extended protocol': (url, name) =>
    writeWithLibrary(url, name, (client, mark) =>
      client.query('INSERT INTO executed (mark) VALUES ($1)', [mark]),
    ),
  psql: writeWithPsql,
};

/** @param options.name what its marks begin with */
export function startWriter(options: { kind: WriterKind; url: string; name: string }): Writer {
  return WRITERS[options.kind](options.url, options.name);
}

/** The mark that a recorded statement writes, or null. */
export function markOf(statement: { text: string; parameters: readonly (string | null)[] }): string | null {
  if (!statement.text.startsWith('INSERT INTO executed')) return null;
  return statement.parameters[0] ?? /VALUES \('([^']+)'\)/.exec(statement.text)?.[1] ?? null;
}

function insertOf(mark: string): string {
  return `INSERT INTO executed (mark) VALUES ('${mark}')`;
}

function writeWithLibrary(
  url: string,
  name: string,
  write: (client: pg.Client, mark: string) => Promise<unknown>,
): Writer {
  const seen: string[] = [];
  const { promise: started, resolve: start, reject } = Promise.withResolvers<void>();
  const run = async (): Promise<readonly string[]> => {
    const client = await connectClient(url);
    try {
      for (let serial = 1; ; serial += 1) {
        const mark = `${name}/${serial}`;
        if (await isConfirmed(write(client, mark))) {
          seen.push(mark);
          start();
        }
        if (serial % REFUSED_EVERY === 0) await expectRefusal(client);
      }
    } catch (error) {
      // An answer of the server is not the loss of a connection.
      if (error instanceof pg.DatabaseError && error.severity !== 'FATAL') throw error;
      return seen;
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  const ended = run();
  ended.catch(reject);
  return { started, ended };
}

/** Also psql, which only prints errors, goes on after this one. */
async function isConfirmed(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === UNCONFIRMED) return false;
    throw error;
  }
}

async function expectRefusal(client: pg.Client): Promise<void> {
  try {
    if (!(await isConfirmed(client.query(REFUSED)))) return;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.message.includes('Add a WHERE clause')) return;
    throw error;
  }
  throw new Error(`"${REFUSED}" was not refused.`);
}

/** psql reads its standard input ahead and sends one statement after the other. */
function writeWithPsql(url: string, name: string): Writer {
  const child = spawn('psql', ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', url], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const seen: string[] = [];
  const { promise: started, resolve: start, reject } = Promise.withResolvers<void>();
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (mark) => {
    if (mark === '') return;
    seen.push(mark);
    start();
  });
  child.stdin.on('error', () => undefined);
  Readable.from(script(name)).pipe(child.stdin);
  const ended = once(child, 'close').then(() => seen);
  ended.then(() => reject(new Error('psql ended before anything was answered.')), reject);
  return { started, ended };
}

function* script(name: string): Generator<string> {
  for (let serial = 1; ; serial += 1) {
    yield `${insertOf(`${name}/${serial}`)} RETURNING mark;\n`;
    if (serial % REFUSED_EVERY === 0) yield `${REFUSED};\n`;
  }
}
