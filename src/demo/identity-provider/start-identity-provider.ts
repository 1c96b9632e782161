/** The sample OpenID Connect provider: a real one on the loopback address, with a page instead of passwords. */
import { mkdirSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Provider } from 'oidc-provider';
import { AppError } from '../../core/errors.ts';
import { Secret } from '../../core/secret.ts';
import { CAST, WORKLOAD } from '../cast.ts';
import { configureProvider } from './provider-configuration.ts';
import { openProviderKeys } from './provider-keys.ts';
import { renderSignInPage } from './sign-in-page.ts';
import { openRecordStore } from './stored-records.ts';

export interface IdentityProvider {
  readonly issuer: string;
  /** What the sample CI authenticates with (client credentials, RFC 6749 section 4.4). */
  readonly workload: { readonly clientId: string; readonly clientSecret: Secret<string> };
  stop(): Promise<void>;
}

const SIGN_IN_PATH = /^\/sign-in\/[A-Za-z0-9_-]{1,100}$/;
const FORM_BYTES_MAX = 1_024;

/**
 * @param options.directory for its keys and sessions; made when missing
 * @param options.port on 127.0.0.1
 * @param options.redirectUris of the public client; the port of a loopback address is ignored
 * @param options.audience the resource that JWT access tokens are issued for
 */
export async function startIdentityProvider(options: {
  directory: string;
  port: number;
  clientId: string;
  redirectUris: readonly string[];
  audience: string;
}): Promise<IdentityProvider> {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const keys = openProviderKeys(options.directory);
  const records = openRecordStore(join(options.directory, 'sessions.json'));
  const issuer = `http://127.0.0.1:${options.port}`;
  const provider = new Provider(issuer, configureProvider({ ...options, keys, records }));
  const protocol = provider.callback();
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', issuer).pathname;
    if (!SIGN_IN_PATH.test(path)) {
      protocol(request, response);
      return;
    }
    signIn({ provider, request, response, path }).catch(() => {
      response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' });
      response.end('This sign-in is over. Go back to Sallyport and sign in again.\n');
    });
  });
  await listen(server, options.port);
  return {
    issuer,
    workload: { clientId: WORKLOAD.clientId, clientSecret: new Secret(keys.workloadSecret) },
    stop: async () => {
      records.flush();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function signIn(of: {
  provider: Provider;
  request: IncomingMessage;
  response: ServerResponse;
  path: string;
}): Promise<void> {
  const { provider, request, response, path } = of;
  // Throws unless the browser holds the cookie of exactly this sign-in.
  const interaction = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
    response.end(renderSignInPage(path));
    return;
  }
  const username = new URLSearchParams(await readForm(request)).get('username');
  const member = CAST.find((candidate) => candidate.username === username);
  if (member === undefined) throw new AppError('invalid_input', 'Nobody of that name works here.');
  if (interaction.session !== undefined && interaction.session.accountId !== member.username) {
    // Somebody else was signed in: they leave without the page that asks whether they want to.
    const session = await provider.Session.findByUid(interaction.session.uid);
    await session?.destroy();
    delete interaction.session;
    await interaction.persist();
  }
  await provider.interactionFinished(request, response, {
    // A prompt that the client demanded (`select_account`, `consent`) is answered by the same choice.
    [interaction.prompt.name]: {},
    login: { accountId: member.username },
  });
}

async function readForm(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > FORM_BYTES_MAX) throw new AppError('too_large', 'The form is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => resolve());
  });
}
