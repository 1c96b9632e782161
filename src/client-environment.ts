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
  /** What `sallyport drill` plays, and what it looks at the target with. */
  readonly drill: { readonly token: Secret<string> | null; readonly reference: Secret<string> | null };
}

/** What the command line takes from the environment. */
export function clientEnvironment(environment: NodeJS.ProcessEnv = process.env): ClientEnvironment {
  const secretIn = (name: string): Secret<string> | null => {
    const value = environment[name];
    return value === undefined || value === '' ? null : new Secret(value);
  };
  return {
    url: (environment['SALLYPORT_URL'] ?? 'http://127.0.0.1:7180').replace(/\/+$/, ''),
    token: secretIn('SALLYPORT_TOKEN'),
    configHome: join(environment['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'sallyport'),
    noColor: environment['NO_COLOR'] !== undefined,
    drill: {
      token: secretIn('SALLYPORT_DRILL_TOKEN'),
      reference: secretIn('SALLYPORT_DRILL_REFERENCE'),
    },
  };
}

/**
 * The environment for a client program, with the given variables added. Secrets travel this way, never as
 * arguments; what opens Sallyport itself stays behind, since a client runs what its user types or includes.
 */
export function childEnvironment(added: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const {
    SALLYPORT_TOKEN: _token,
    SALLYPORT_MASTER_KEY: _masterKey,
    SALLYPORT_PREVIOUS_MASTER_KEY: _previousMasterKey,
    SALLYPORT_DRILL_TOKEN: _drillToken,
    SALLYPORT_DRILL_REFERENCE: _drillReference,
    ...inherited
  } = process.env;
  return { ...inherited, ...added };
}

/** A directory of this user alone, in memory, where the system makes one; null where it does not. */
export function runtimeDirectory(environment: NodeJS.ProcessEnv = process.env): string | null {
  const directory = environment['XDG_RUNTIME_DIR'];
  return directory !== undefined && isAbsolute(directory) && existsSync(directory) ? directory : null;
}
