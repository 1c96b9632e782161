import type { ClientEnvironment } from '../client-environment.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { type CredentialFile, openCredentialFile } from './sign-in/credentials.ts';
import { createTokenSource } from './sign-in/token-source.ts';
import type { Terminal } from './terminal.ts';

/** What every command gets. */
export interface CliContext {
  readonly terminal: Terminal;
  /** URL of the server. */
  readonly server: string;
  /** The HTTP API as whoever is signed in. */
  readonly api: ApiClient;
  /** The HTTP API as nobody: how to sign in. */
  readonly publicApi: ApiClient;
  readonly credentials: CredentialFile;
  /** The HTTP API as the bearer of a token. */
  readonly apiOf: (token: string) => ApiClient;
  /** What the environment has for `sallyport drill`. */
  readonly drill: ClientEnvironment['drill'];
  /** What the program exits with when nothing fails; `connect` puts its client's status here. */
  readonly exit: { status: number };
}

export function createContext(options: { terminal: Terminal; environment: ClientEnvironment }): CliContext {
  const { terminal, environment } = options;
  const credentials = openCredentialFile(environment.configHome);
  const token = createTokenSource({
    server: environment.url,
    fromEnvironment: environment.token,
    file: credentials,
  });
  return {
    terminal,
    server: environment.url,
    api: createApiClient({ url: environment.url, token }),
    publicApi: createApiClient({ url: environment.url, token: async () => null }),
    credentials,
    apiOf: (bearer) => createApiClient({ url: environment.url, token: async () => bearer }),
    drill: environment.drill,
    exit: { status: 0 },
  };
}
