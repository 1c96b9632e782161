/**
 * Which start-up parameters of a client reach the target. A parameter is a SET that nobody judges, so only
 * those pass that change how values look or how long things may take. What the analysis relies on (encoding,
 * string syntax) is pinned, whatever the client asks for.
 */
import { AppError } from '../../core/errors.ts';

/** Handled by the broker itself. */
const OWN = new Set(['user', 'database', 'client_encoding', 'options', 'replication']);

const SAFE = new Set([
  'application_name',
  'bytea_output',
  'client_min_messages',
  'datestyle',
  'default_transaction_deferrable',
  'default_transaction_isolation',
  'extra_float_digits',
  'geqo',
  'idle_in_transaction_session_timeout',
  'intervalstyle',
  'jit',
  'lock_timeout',
  'search_path',
  'statement_timeout',
  'timezone',
  'transaction_timeout',
  'xmloption',
]);

/** Parser and server must agree on where a string ends (design, section 7). */
const PINNED: readonly (readonly [string, string])[] = [
  ['client_encoding', 'UTF8'],
  ['standard_conforming_strings', 'on'],
];

const PROTOCOL_OPTION = /^_pq_\./;
const OPTION = /^(?:-c\s*|--)([A-Za-z_][A-Za-z0-9_.-]*)=(.*)$/s;

export interface StartParameters {
  /** For the target, without user and database. */
  readonly forwarded: ReadonlyMap<string, string>;
  /** Protocol options (`_pq_.…`) that the client is told it does not get. */
  readonly unsupported: readonly string[];
  readonly application: string | null;
  /** What the client asked to write in; it gets it where nothing narrows the session. */
  readonly encoding: string | null;
}

/**
 * @throws AppError `invalid_input`, with the SQLSTATE to answer, for a parameter that must not pass
 */
export function chooseStartParameters(client: ReadonlyMap<string, string>): StartParameters {
  const replication = client.get('replication');
  if (replication !== undefined && !['false', 'off', 'no', '0'].includes(replication.toLowerCase())) {
    throw refused('Replication connections are not available through Sallyport');
  }
  const forwarded = new Map<string, string>();
  const unsupported: string[] = [];
  const given = [...client].filter(([name]) => !OWN.has(name));
  for (const [name, value] of [...given, ...parseOptions(client.get('options') ?? '')]) {
    if (PROTOCOL_OPTION.test(name)) unsupported.push(name);
    else if (SAFE.has(name.toLowerCase())) forwarded.set(name.toLowerCase(), value);
    else if (!isPinnedValue(name, value)) {
      throw refused(
        `The parameter "${name}" cannot be set when connecting. Leave it out, and use SET if your role allows it`,
      );
    }
  }
  for (const [name, value] of PINNED) forwarded.set(name, value);
  return {
    forwarded,
    unsupported,
    application: client.get('application_name')?.slice(0, 200) ?? null,
    encoding: client.get('client_encoding') ?? null,
  };
}

/** A client may ask for what we pin anyway. The encoding is answered by ours whatever was asked. */
function isPinnedValue(name: string, value: string): boolean {
  const lower = name.toLowerCase();
  if (lower === 'client_encoding') return true;
  return PINNED.some(([pinned, expected]) => pinned === lower && expected === value.toLowerCase());
}

/** `-c name=value` and `--name=value`, separated by spaces; a backslash keeps the next character. */
function parseOptions(text: string): [string, string][] {
  const words = text.match(/(?:\\.|[^\s\\])+/gs) ?? [];
  const parsed: [string, string][] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const whole = word === '-c' ? `-c${words[++index] ?? ''}` : word;
    const [, name, value] = OPTION.exec(whole.replace(/\\(.)/gs, '$1')) ?? [];
    if (name === undefined || value === undefined) {
      throw refused('The connection\'s "options" may only hold -c name=value');
    }
    parsed.push([name.replaceAll('-', '_'), value]);
  }
  return parsed;
}

function refused(message: string): AppError {
  return new AppError('invalid_input', message, { context: { sqlState: '42501' } });
}
