/** The real `psql`, driven over its standard input as somebody at a terminal would. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { childEnvironment } from '../../client-environment.ts';
import { AppError } from '../../core/errors.ts';
import type { SqlClient, SqlResult, SqlSession } from './sql-client.ts';

const ANSWER_TIMEOUT_MS = 15_000;
const OUTPUT_CHARACTERS_MAX = 1_000_000;
const COLUMN_SEPARATOR = '\u001f';

export function psqlClient(description: string): SqlClient {
  return { description, connect };
}

async function connect(url: string): Promise<SqlSession> {
  const session = new PsqlSession(url);
  await session.waitUntilConnected();
  return session;
}

class PsqlSession implements SqlSession {
  readonly #child;
  readonly ended: Promise<void>;
  #output = '';
  #errors = '';
  #onOutput: () => void = () => undefined;
  #over = false;

  constructor(url: string) {
    // A password among the arguments could be read by every user of the machine.
    const address = new URL(url);
    const password = decodeURIComponent(address.password);
    address.password = '';
    this.#child = spawn(
      'psql',
      [
        '--no-psqlrc',
        '--quiet',
        '--tuples-only',
        '--no-align',
        `--field-separator=${COLUMN_SEPARATOR}`,
        address.href,
      ],
      {
        env: childEnvironment({ PGPASSWORD: password, PGCONNECT_TIMEOUT: '10' }),
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    this.#child.stdin.on('error', () => undefined);
    this.#child.stdout.on('data', (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString('utf8')).slice(-OUTPUT_CHARACTERS_MAX);
      this.#onOutput();
    });
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString('utf8')).slice(-OUTPUT_CHARACTERS_MAX);
    });
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.#over = true;
        this.#onOutput();
        resolve();
      };
      this.#child.once('error', end);
      this.#child.once('close', end);
    });
  }

  async waitUntilConnected(): Promise<void> {
    await this.#send('');
  }

  async run(statement: string): Promise<SqlResult> {
    const { rows, status } = await this.#send(`${statement};`);
    const [failed, sqlState = '', ...message] = status.split(' ');
    return failed === 'true' ? { ok: false, sqlState, message: message.join(' ') } : { ok: true, rows };
  }

  async close(): Promise<void> {
    this.#child.stdin.end('\\q\n');
    await this.ended;
  }

  /** Sends a line and reads up to an echo that psql makes after it, which carries the outcome. */
  async #send(line: string): Promise<{ rows: string[][]; status: string }> {
    const marker = randomUUID();
    this.#output = '';
    this.#errors = '';
    this.#child.stdin.write(`${line}\n\\echo ${marker} :ERROR :SQLSTATE :LAST_ERROR_MESSAGE\n`);
    const text = await this.#readUntil(marker);
    const [before = '', after = ''] = text.split(marker);
    const rows = before.split('\n').filter((row) => row !== '');
    return { rows: rows.map((row) => row.split(COLUMN_SEPARATOR)), status: after.trim() };
  }

  #readUntil(marker: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(
        () => finish(new AppError('unavailable', 'psql did not answer in time.')),
        ANSWER_TIMEOUT_MS,
      );
      const finish = (outcome: string | AppError): void => {
        clearTimeout(timeout);
        this.#onOutput = () => undefined;
        if (typeof outcome === 'string') resolve(outcome);
        else reject(outcome);
      };
      this.#onOutput = () => {
        const at = this.#output.indexOf(marker);
        if (at >= 0 && this.#output.indexOf('\n', at) >= 0) finish(this.#output);
        else if (this.#over)
          finish(new AppError('unavailable', this.#errors.trim() || 'psql could not be started.'));
      };
      this.#onOutput();
    });
  }
}
