/** What a login finds on the target, asked for once, in one command. */
import { randomBytes } from 'node:crypto';
import type { Client } from 'ssh2';
import { AppError } from '../../../core/errors.ts';
import { quoted } from '../../../policies/analyzers/shell/canonical.ts';
import type { TargetFacts } from '../host-session.ts';

const ANSWER_MS_MAX = 5_000;
const ANSWER_BYTES_MAX = 65_536;
const MARK_BYTES = 9;
/** Where programs of the system lie: a bare word means one of these, whatever the account has put before them. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

export interface FoundFacts {
  readonly facts: TargetFacts;
  readonly isRoot: boolean;
  /** The server runs a program of its own choice in place of each command (`ForceCommand`, `command=` of a key). */
  readonly isForced: boolean;
}

/** @throws AppError `upstream_failed` when the target runs no shell, or not in time */
export async function readFacts(
  client: Client,
  of: {
    readonly resource: { readonly name: string };
    readonly credential: { readonly username: string };
  },
): Promise<FoundFacts> {
  const { resource } = of;
  const mark = randomBytes(MARK_BYTES).toString('hex');
  // Start-up files of the account may print: what counts stands behind the mark.
  const script = `printf '%s\\000' ${mark} "$HOME" "$PATH" "$(pwd -P)" "$(id -u)" "$(uname -n)" "\${SSH_ORIGINAL_COMMAND+forced}" ${mark}`;
  const answer = await readAnswer(client, `exec /bin/sh -c ${quoted(script)}`).catch((error: unknown) => {
    throw failed(resource, error);
  });
  const found = parseFacts(answer, { mark, account: of.credential.username });
  if (found === null) throw failed(resource, undefined);
  return found;
}

/** @returns null for what is no answer */
export function parseFacts(
  answer: string,
  { mark, account }: { readonly mark: string; readonly account: string },
): FoundFacts | null {
  const from = answer.indexOf(`${mark}\0`);
  if (from < 0) return null;
  const [, home = '', path = '', directory = '', id = '', hostname = '', forced, end] = answer
    .slice(from)
    .split('\0');
  if (end !== mark || !directory.startsWith('/')) return null;
  return {
    facts: {
      account,
      home: home.startsWith('/') ? home : '/',
      directory,
      hostname,
      path: systemPath(path),
    },
    isRoot: id === '0',
    isForced: forced === 'forced',
  };
}

/** The directories of the system, in the target's own order. */
function systemPath(path: string): string {
  const known = path.split(':').filter((directory) => SYSTEM_DIRECTORIES.includes(directory));
  return (known.length > 0 ? [...new Set(known)] : SYSTEM_DIRECTORIES).join(':');
}

function readAnswer(client: Client, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`no answer within ${ANSWER_MS_MAX / 1_000} s`)),
      ANSWER_MS_MAX,
    );
    const settle = (act: () => void): void => {
      clearTimeout(late);
      act();
    };
    const gone = (): void => settle(() => reject(new Error('the connection was closed')));
    client.once('close', gone);
    client.exec(command, (error, channel) => {
      if (error !== undefined) {
        settle(() => reject(error));
        return;
      }
      let text = '';
      channel.on('error', () => undefined);
      channel.stderr.resume();
      channel.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
        if (text.length > ANSWER_BYTES_MAX) channel.close();
      });
      channel.once('close', () => {
        client.removeListener('close', gone);
        settle(() => resolve(text));
      });
      channel.end();
    });
  });
}

function failed(resource: { readonly name: string }, cause: unknown): AppError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new AppError(
    'upstream_failed',
    `The target ${resource.name} accepted the login, but did not run a command of it${why}. The account needs a shell.`,
    { cause, context: { resource: resource.name } },
  );
}
