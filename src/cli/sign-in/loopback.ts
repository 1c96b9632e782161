/**
 * Signing in from the command line as RFC 8252 section 7.3 describes: the browser is sent back to a
 * port on loopback that this process listens on for the one answer.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import * as openid from 'openid-client';
import { AppError, messageOf } from '../../core/errors.ts';
import type { SignInAnswer } from '../../web/schemas/sign-in.ts';
import type { Credential } from './credentials.ts';
import { credentialFrom, discoverProvider } from './provider.ts';

const CALLBACK_PATH = '/callback';
const OFFLINE_ACCESS = 'offline_access';
const WAIT_MS = 300_000;

/**
 * @param options.show called once with the address to open in a browser
 * @returns the tokens, for the resource that the server named
 * @throws AppError `unauthenticated` when the provider refuses or nobody signs in within five minutes
 */
export async function signInOverLoopback(options: {
  facts: SignInAnswer;
  show: (address: string) => void;
}): Promise<Credential> {
  const { facts } = options;
  const provider = await discoverProvider(facts);
  const server = createServer();
  const redirectUri = await listen(server);
  const attempt = {
    redirectUri,
    state: openid.randomState(),
    nonce: openid.randomNonce(),
    codeVerifier: openid.randomPKCECodeVerifier(),
  };
  try {
    const answered = waitForAnswer(server, attempt);
    options.show((await authorizationAddress(provider, facts, attempt)).href);
    const { callback, browser } = await answered;
    try {
      const tokens = await exchangeCode(provider, { facts, attempt, callback });
      tellBrowser(browser, 200, 'You are signed in. You can close this window.');
      return credentialFrom(tokens, { ...facts, refreshToken: null });
    } catch (error) {
      tellBrowser(browser, 400, 'The sign-in did not succeed. The terminal says why.');
      throw new AppError('unauthenticated', `The sign-in did not succeed: ${messageOf(error)}`, {
        cause: error,
      });
    }
  } finally {
    server.close();
    server.closeIdleConnections();
  }
}

interface Attempt {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

async function authorizationAddress(
  provider: openid.Configuration,
  facts: SignInAnswer,
  attempt: Attempt,
): Promise<URL> {
  const offline = provider.serverMetadata().scopes_supported?.includes(OFFLINE_ACCESS) === true;
  return openid.buildAuthorizationUrl(provider, {
    redirect_uri: attempt.redirectUri,
    scope: offline ? `${facts.scopes} ${OFFLINE_ACCESS}` : facts.scopes,
    resource: facts.audience,
    state: attempt.state,
    nonce: attempt.nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(attempt.codeVerifier),
    code_challenge_method: 'S256',
  });
}

function exchangeCode(
  provider: openid.Configuration,
  options: { facts: SignInAnswer; attempt: Attempt; callback: URL },
) {
  const { facts, attempt, callback } = options;
  const checks = {
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
    pkceCodeVerifier: attempt.codeVerifier,
  };
  return openid.authorizationCodeGrant(provider, callback, checks, { resource: facts.audience });
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new AppError('internal', 'Cannot listen on loopback.');
  return `http://127.0.0.1:${address.port}${CALLBACK_PATH}`;
}

/** The first answer to this attempt; whatever else knocks at the port is turned away. */
function waitForAnswer(
  server: Server,
  attempt: Attempt,
): Promise<{ readonly callback: URL; readonly browser: ServerResponse }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new AppError('unauthenticated', 'Nobody signed in within five minutes.'));
    }, WAIT_MS);
    server.on('request', (request, response) => {
      const callback = URL.parse(request.url ?? '/', attempt.redirectUri);
      const ours =
        callback?.pathname === CALLBACK_PATH && callback.searchParams.get('state') === attempt.state;
      if (callback === null || !ours) {
        tellBrowser(response, 404, 'There is nothing here.');
        return;
      }
      clearTimeout(timer);
      resolve({ callback, browser: response });
    });
  });
}

function tellBrowser(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(`${text}\n`);
}
