/**
 * Where the demo keeps everything: `.sallyport/demo` of the directory it is started in. Removing that
 * directory starts the demo from nothing.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Secret } from '../core/secret.ts';

export interface DemoDirectory {
  readonly root: string;
  readonly configFile: string;
  readonly logFile: string;
  readonly portsFile: string;
  /** The token of the sample CI, for a drill. */
  readonly ciTokenFile: string;
  /** Sallyport's own state: database, keys, recordings. */
  readonly state: string;
  /** The sample target's cluster. */
  readonly target: string;
  /** The sample host's: its keys, and what lies on it. */
  readonly host: string;
  readonly identityProvider: string;
  readonly secrets: string;
}

export function openDemoDirectory(workingDirectory: string): DemoDirectory {
  const root = resolve(workingDirectory, '.sallyport', 'demo');
  const directory: DemoDirectory = {
    root,
    configFile: join(root, 'sallyport.yaml'),
    logFile: join(root, 'demo.log'),
    portsFile: join(root, 'ports.json'),
    ciTokenFile: join(root, 'ci-token'),
    state: join(root, 'state'),
    target: join(root, 'target'),
    host: join(root, 'host'),
    identityProvider: join(root, 'identity-provider'),
    secrets: join(root, 'secrets'),
  };
  // Passing through is allowed to others, since the databases may have to run as one of them; reading is not.
  mkdirSync(root, { recursive: true, mode: 0o711 });
  for (const path of [directory.secrets, directory.host]) mkdirSync(path, { recursive: true, mode: 0o700 });
  return directory;
}

/** Puts a secret where the configuration refers to it. */
export function writeSecretFile(directory: DemoDirectory, name: string, secret: Secret<string>): string {
  const path = join(directory.secrets, name);
  writeFileSync(path, `${secret.reveal()}\n`, { mode: 0o600 });
  return path;
}
