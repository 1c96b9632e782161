/**
 * The only reader of the environment and of `sallyport.yaml`; what the command line takes from the environment is in
 * `client-environment.ts`. Everything else is handed what it needs.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { AppError, messageOf } from './core/errors.ts';
import { Secret } from './core/secret.ts';
import type { KmsSettings } from './policies/document/keys.ts';
import { withOwnSettings } from './policies/document/own-settings.ts';
import { type ParsedPolicy, parsePolicyDocument } from './policies/document/parse.ts';
import type { PolicyDocument, SecretReference } from './policies/document/schema.ts';

export type LoadedPolicy = Extract<ParsedPolicy, { ok: true }>;

/** What a process can be for. One does everything unless it is told otherwise. */
export const ROLES = ['web', 'bot', 'broker', 'jobs'] as const;
export type Role = (typeof ROLES)[number];

export interface Config {
  /** Absolute path of `sallyport.yaml`. */
  readonly file: string;
  readonly policy: LoadedPolicy;
  /** Where embedded state, keys and recordings live; absolute. */
  readonly dataDirectory: string;
  /** Absent: PostgreSQL runs embedded. */
  readonly databaseUrl: Secret<string> | null;
  /** Absent: jobs are kept in the same PostgreSQL. */
  readonly redisUrl: Secret<string> | null;
  readonly logLevel: string;
  /** Names this process among replicas. */
  readonly replica: string;
  readonly roles: ReadonlySet<Role>;
  /** `HOST:PORT` where this process listens, when that is not where the policy says: behind a load balancer. */
  readonly listenOn: {
    readonly web: string | null;
    readonly postgres: string | null;
    readonly ssh: string | null;
    /** For calls of chat platforms, in a process without `web`. */
    readonly bot: string | null;
    /** Health and metrics alone; nowhere when left out. */
    readonly status: string | null;
  };
}

export interface ConfigSources {
  readonly file?: string;
  /** Separated by commas; else `SALLYPORT_ROLES`, else all. */
  readonly roles?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly workingDirectory?: string;
}

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const SECRET_BYTES_MAX = 65_536;
const MASTER_KEY_BYTES = 32;

/**
 * Reads and validates the configuration.
 * @throws AppError `config_invalid` with every problem, path and line in its message
 */
export function loadConfig(sources: ConfigSources = {}): Config {
  const environment = sources.environment ?? process.env;
  const file = policyFile(sources);
  const logLevel = environment['LOG_LEVEL'] ?? 'info';
  if (!LOG_LEVELS.includes(logLevel)) {
    throw new AppError('config_invalid', `LOG_LEVEL is "${logLevel}"; it can be ${LOG_LEVELS.join(', ')}.`);
  }
  const databaseUrl = secretUrl(environment, 'DATABASE_URL', ['postgres:', 'postgresql:']);
  return {
    file,
    policy: loadPolicy(file),
    dataDirectory: resolve(dirname(file), environment['SALLYPORT_DATA'] ?? '.sallyport'),
    databaseUrl,
    redisUrl: secretUrl(environment, 'REDIS_URL', ['redis:', 'rediss:']),
    logLevel,
    replica: `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`,
    roles: parseRoles(sources.roles ?? environment['SALLYPORT_ROLES'], { embedded: databaseUrl === null }),
    listenOn: {
      web: listenAddress(environment, 'SALLYPORT_WEB_ADDRESS'),
      postgres: listenAddress(environment, 'SALLYPORT_POSTGRES_ADDRESS'),
      ssh: listenAddress(environment, 'SALLYPORT_SSH_ADDRESS'),
      bot: listenAddress(environment, 'SALLYPORT_BOT_ADDRESS'),
      status: listenAddress(environment, 'SALLYPORT_STATUS_ADDRESS'),
    },
  };
}

function parseRoles(text: string | undefined, { embedded }: { embedded: boolean }): ReadonlySet<Role> {
  if (text === undefined || text.trim() === '') return new Set(ROLES);
  const names = text.split(',').map((name) => name.trim());
  const roles = ROLES.filter((role) => names.includes(role));
  const unknown = names.find((name) => !roles.some((role) => role === name));
  if (unknown !== undefined) {
    throw new AppError(
      'config_invalid',
      `There is no role "${unknown}". A process can be ${ROLES.join(', ')}.`,
    );
  }
  if (embedded && roles.length < ROLES.length) {
    throw new AppError(
      'config_invalid',
      'A process with some of the roles shares its database with the others: set DATABASE_URL, or leave the roles out.',
    );
  }
  return new Set(roles);
}

function listenAddress(environment: NodeJS.ProcessEnv, name: string): string | null {
  const value = environment[name];
  if (value === undefined || value === '') return null;
  if (!/^.+:\d{1,5}$/.test(value)) {
    throw new AppError('config_invalid', `${name} is "${value}"; it is HOST:PORT, such as 127.0.0.1:7180.`);
  }
  return value;
}

/** The absolute path of the policy file: the one that is named, `SALLYPORT_CONFIG`, or `sallyport.yaml` here. */
export function policyFile(sources: ConfigSources = {}): string {
  const { file, environment = process.env, workingDirectory = process.cwd() } = sources;
  return resolve(workingDirectory, file ?? environment['SALLYPORT_CONFIG'] ?? 'sallyport.yaml');
}

/**
 * Reads and validates the policy file alone.
 * @param options.toStart false where nothing is started with it: see `parsePolicyDocument`
 * @throws AppError `config_invalid` when it is missing, unreadable or has problems
 */
export function loadPolicy(file: string, options?: { readonly toStart: boolean }): LoadedPolicy {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new AppError(
      'config_invalid',
      `cannot read ${file}: ${messageOf(error)}. Name another file with --config, or try \`sallyport demo\`.`,
      { cause: error },
    );
  }
  const parsed = parsePolicyDocument(text, options);
  if (parsed.ok) return { ...parsed, document: withAbsolutePaths(parsed.document, dirname(file)) };
  const list = parsed.problems.map((problem) => {
    const path = problem.path === '' ? '' : `${problem.path}: `;
    return `  ${file}:${problem.line}:${problem.column}: ${path}${problem.message}`;
  });
  const count = `${list.length} problem${list.length === 1 ? '' : 's'}`;
  throw new AppError('config_invalid', `${count} in the configuration:\n${list.join('\n')}`);
}

/**
 * A policy that all servers of a deployment share, as this one reads it: paths are relative to its own file, and
 * what it listens on and where it keeps recordings are its own.
 */
export function ownPolicy(
  config: Pick<Config, 'file' | 'policy'>,
  shared: Pick<LoadedPolicy, 'document' | 'version' | 'text'>,
): Pick<LoadedPolicy, 'document' | 'version' | 'text'> {
  const document = withAbsolutePaths(shared.document, dirname(config.file));
  return { ...shared, document: withOwnSettings(document, config.policy.document) };
}

/** Tells the servers of a deployment apart, from one start to the next. */
export function serverName(config: Pick<Config, 'file'>): string {
  return `${hostname()}:${config.file}`;
}

/** Paths in the file are relative to the file, wherever the process was started. */
function withAbsolutePaths(document: PolicyDocument, directory: string): PolicyDocument {
  const at = (path: string): string => resolve(directory, path);
  const { tls } = document.broker.postgres;
  return {
    ...document,
    keys: withAbsoluteCa(document.keys, at),
    recording: { ...document.recording, directory: at(document.recording.directory) },
    broker: {
      ...document.broker,
      postgres: {
        ...document.broker.postgres,
        ...(tls === undefined ? {} : { tls: { certificate: at(tls.certificate), key: at(tls.key) } }),
      },
    },
    resources: document.resources.map((resource) => {
      if (resource.kind !== 'postgres') return resource;
      const { ca, certificate, key } = resource.tls;
      const files = Object.entries({ ca, certificate, key }).flatMap(([name, path]) =>
        path === undefined ? [] : [[name, at(path)] as const],
      );
      return { ...resource, tls: { ...resource.tls, ...Object.fromEntries(files) } };
    }),
  };
}

function withAbsoluteCa(
  { kms, previousKms }: PolicyDocument['keys'],
  at: (path: string) => string,
): PolicyDocument['keys'] {
  const absolute = (settings: KmsSettings): KmsSettings => {
    if ('command' in settings || settings.transit.ca === undefined) return settings;
    return { transit: { ...settings.transit, ca: at(settings.transit.ca) } };
  };
  return {
    ...(kms === undefined ? {} : { kms: absolute(kms) }),
    ...(previousKms === undefined ? {} : { previousKms: absolute(previousKms) }),
  };
}

/** A variable that holds a URL with, usually, a password: checked, then kept from being printed. */
function secretUrl(
  environment: NodeJS.ProcessEnv,
  name: string,
  protocols: readonly string[],
): Secret<string> | null {
  const value = environment[name];
  if (value === undefined || value === '') return null;
  if (!URL.canParse(value) || !protocols.includes(new URL(value).protocol)) {
    throw new AppError(
      'config_invalid',
      `${name} is not a URL that begins with ${protocols.join('// or ')}//.`,
    );
  }
  return new Secret(value);
}

/**
 * Fetches a secret from where its reference says. Files are relative to the configuration file; one
 * final line break is not part of the secret.
 * @throws AppError `unavailable` when it is missing or empty, naming the reference and never a value
 */
export function readSecret(
  reference: SecretReference,
  options: { directory: string; environment?: NodeJS.ProcessEnv },
): Secret<string> {
  if ('env' in reference) {
    const value = (options.environment ?? process.env)[reference.env];
    if (value === undefined || value === '') {
      throw new AppError('unavailable', `the environment variable ${reference.env} is not set`);
    }
    return new Secret(value);
  }
  if ('file' in reference) {
    const path = isAbsolute(reference.file) ? reference.file : resolve(options.directory, reference.file);
    let bytes: Buffer;
    try {
      bytes = readFileSync(path);
    } catch (error) {
      throw new AppError('unavailable', `cannot read the secret file ${path}: ${messageOf(error)}`, {
        cause: error,
      });
    }
    if (bytes.length === 0 || bytes.length > SECRET_BYTES_MAX) {
      throw new AppError('unavailable', `the secret file ${path} is empty or larger than 64 KiB`);
    }
    return new Secret(bytes.toString('utf8').replace(/\r?\n$/, ''));
  }
  throw new AppError('not_available_yet', 'secrets from exec or Vault are not available yet');
}

export interface MasterKeys {
  /** Null only where a key management service stands in its place. */
  readonly current: Secret<Buffer> | null;
  /** The one before, while it is being changed. */
  readonly previous: Secret<Buffer> | null;
}

/**
 * The key that wraps the root keys: `SALLYPORT_MASTER_KEY` (32 bytes in base64), else the file `master.key` in the
 * data directory, which is made at first use (unless a key management service is configured) and readable by this
 * user only. The one before: `SALLYPORT_PREVIOUS_MASTER_KEY`, else `master.key.previous`.
 * @throws AppError `config_invalid` when one of them is not 32 bytes
 */
export function readMasterKeys(
  config: Pick<Config, 'dataDirectory' | 'policy'>,
  environment: NodeJS.ProcessEnv = process.env,
): MasterKeys {
  const { dataDirectory } = config;
  const path = join(dataDirectory, 'master.key');
  const isGiven = environment['SALLYPORT_MASTER_KEY'] !== undefined;
  const isNeeded = config.policy.document.keys.kms === undefined;
  if (isNeeded && !isGiven && !existsSync(path)) makeMasterKey(dataDirectory, path);
  return {
    current: keyFrom(environment, { name: 'SALLYPORT_MASTER_KEY', path }),
    previous: keyFrom(environment, { name: 'SALLYPORT_PREVIOUS_MASTER_KEY', path: `${path}.previous` }),
  };
}

function keyFrom(
  environment: NodeJS.ProcessEnv,
  { name, path }: { name: string; path: string },
): Secret<Buffer> | null {
  const given = environment[name];
  if (given === undefined && !existsSync(path)) return null;
  const key = Buffer.from((given ?? readFileSync(path, 'utf8')).trim(), 'base64');
  if (key.length !== MASTER_KEY_BYTES) {
    throw new AppError(
      'config_invalid',
      `${given === undefined ? path : name} does not hold 32 bytes in base64. Make one with: openssl rand -base64 32`,
    );
  }
  return new Secret(key);
}

const COMMAND_VARIABLES = ['PATH', 'HOME', 'LANG'];

/** All of the environment of a command that is asked for keys: these variables, of those that are set. */
export function environmentOf(
  names: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Readonly<Record<string, string>> {
  const passed = [...COMMAND_VARIABLES, ...names];
  return Object.fromEntries(
    passed.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Whole or not at all; of processes that start at once, the first one's key is everybody's. */
function makeMasterKey(directory: string, path: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const mine = `${path}.${randomBytes(4).toString('hex')}`;
  writeFileSync(mine, `${randomBytes(MASTER_KEY_BYTES).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(mine, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(mine);
  }
}
