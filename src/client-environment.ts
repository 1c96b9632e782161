/**
 * What the command line takes from the environment, and what it hands on to the programs it starts. Apart from
 * `config.ts`, so that a command that only talks to a server loads nothing of the policy.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { Secret } from './core/secret.ts';

export interface ClientEnvironment {
  /** The server the commands talk to. */
  readonly url: string;
  /** A bearer token that replaces the stored login (CI). */
  readonly token: Secret<string> | null;
  /** Where `sallyport login` keeps its tokens. */
  readonly configHome: string;
  readonly noColor: boolean;
}

/** What the command line takes from the environment. */
export function clientEnvironment(environment: NodeJS.ProcessEnv = process.env): ClientEnvironment {
  const token = environment['SALLYPORT_TOKEN'];
  return {
    url: (environment['SALLYPORT_URL'] ?? 'http://127.0.0.1:7180').replace(/\/+$/, ''),
    token: token === undefined || token === '' ? null : new Secret(token),
    configHome: join(environment['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'sallyport'),
    noColor: environment['NO_COLOR'] !== undefined,
  };
}

/**
 * The environment for a client program, with the given variables added. Secrets travel this way, never as
 * arguments; what opens Sallyport itself stays behind, since a client runs what its user types or includes.
 */
export function childEnvironment(added: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { SALLYPORT_TOKEN: _token, SALLYPORT_MASTER_KEY: _masterKey, ...inherited } = process.env;
  return { ...inherited, ...added };
}

/** A directory of this user alone, in memory, where the system makes one; null where it does not. */
export function runtimeDirectory(environment: NodeJS.ProcessEnv = process.env): string | null {
  const directory = environment['XDG_RUNTIME_DIR'];
  return directory !== undefined && isAbsolute(directory) && existsSync(directory) ? directory : null;
}
