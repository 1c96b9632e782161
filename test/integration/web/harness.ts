/**
 * A whole web side on a real socket: the real store, use cases, pages' server and recording keys, with
 * the demo's identity provider (a real oidc-provider) to sign in at.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll } from 'vitest';
import type { AccessContext } from '../../../src/access/context.ts';
import { NO_ON_CALL, NO_TICKETS } from '../../../src/access/no-lookups.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { Person } from '../../../src/core/identity.ts';
import { Secret } from '../../../src/core/secret.ts';
import { CAST, type CastName } from '../../../src/demo/cast.ts';
import {
  type IdentityProvider,
  startIdentityProvider,
} from '../../../src/demo/identity-provider/start-identity-provider.ts';
import { authenticateBearer } from '../../../src/identity/authenticate-bearer.ts';
import { createBrowserLogin } from '../../../src/identity/browser-login/browser-login.ts';
import type { IdentityContext } from '../../../src/identity/context.ts';
import { createIssuerKeys } from '../../../src/identity/issuer-keys.ts';
import { createOidcDiscovery } from '../../../src/identity/oidc-client.ts';
import { upsertPerson } from '../../../src/identity/persons.ts';
import { openWebSession, readWebSession } from '../../../src/identity/web-sessions.ts';
import { parsePolicyDocument } from '../../../src/policies/document/parse.ts';
import type { Keyring } from '../../../src/recording/keyring/keyring.ts';
import { rotationsOf } from '../../../src/recording/keyring/rotate.ts';
import type { RecordingKeys } from '../../../src/recording/keys.ts';
import { createIdentify } from '../../../src/web/identify.ts';
import { DEFAULT_RATE_LIMIT, type RateLimit, RateLimiter } from '../../../src/web/rate-limit.ts';
import { createWebServer, type WebServerOptions } from '../../../src/web/server.ts';
import { freePort } from '../../support/free-port.ts';
import { openTestKeyring } from '../../support/keyring.ts';
import { useTestStore } from '../../support/store.ts';
import { fetchToken } from './fetch-token.ts';

const CLIENT_ID = 'sallyport-test';

export interface WebHarness {
  readonly url: string;
  readonly server: FastifyInstance;
  readonly access: AccessContext;
  readonly keys: RecordingKeys;
  readonly keyring: Keyring;
  readonly recordings: string;
  /** A place for files of the test, removed at the end. */
  readonly directory: string;
  readonly provider: IdentityProvider;
  /** One of the demo's people, known here as after a sign-in. */
  person(username: CastName): Promise<Person>;
  /** The headers of that person's browser, with what a page of ours adds. */
  browserOf(username: CastName): Promise<Record<string, string>>;
  /** An access token of that person, from the identity provider itself. */
  tokenOf(username: CastName): Promise<string>;
  /** One call of the API, as that person's browser. */
  call(username: CastName, request: ApiCall): Promise<ApiAnswer>;
}

export interface HarnessTarget {
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly password: string;
}

/** For tests that connect to nothing. */
const NO_TARGET: HarnessTarget = { port: 1, database: 'orders', username: 'app_rw', password: 'unused' };

export interface HarnessOptions {
  readonly rateLimit?: RateLimit;
  /** What `orders-db` is; asked once, when everything else is there. */
  readonly target?: () => HarnessTarget;
  /** In place of what the harness would pass to `createWebServer`. */
  readonly server?: Partial<WebServerOptions>;
}

export interface ApiCall {
  readonly path: string;
  /** Makes it a POST. */
  readonly json?: unknown;
  readonly headers?: Record<string, string>;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Starts everything before the file's tests and stops it after them. Read the result inside tests only. */
export function useWebHarness(options: HarnessOptions = {}): { readonly current: WebHarness } {
  const store = useTestStore();
  let harness: (WebHarness & { stop(): Promise<void> }) | null = null;
  beforeAll(async () => {
    harness = await startHarness(store, options);
  });
  afterAll(async () => {
    await harness?.stop();
  });
  return {
    get current() {
      if (harness === null) throw new Error('The harness exists only while tests run.');
      return harness;
    },
  };
}

async function startHarness(store: { readonly current: AccessContext['store'] }, options: HarnessOptions) {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-web-'));
  const recordings = join(directory, 'recordings');
  const [port, providerPort, postgresPort] = [await freePort(), await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const provider = await startIdentityProvider({
    directory: join(directory, 'identity-provider'),
    port: providerPort,
    clientId: CLIENT_ID,
    redirectUris: ['http://127.0.0.1/auth/callback', 'http://127.0.0.1/callback'],
    audience: url,
  });
  const target = options.target?.() ?? NO_TARGET;
  const access = await createAccess({ store: store.current, url, postgresPort, recordings, target });
  const identity = createIdentity(store.current, { url, issuer: provider.issuer });
  const keyring = await openTestKeyring(store.current);
  const keys = keyring.recording;
  const server = createServer({ access, identity, keyring, recordings, directory, options });
  await server.listen({ host: '127.0.0.1', port });

  const person = (username: CastName): Promise<Person> =>
    upsertPerson(identity, { ...factsOf(username, provider.issuer), toldAt: systemClock.now() });
  const browserOf = async (username: CastName): Promise<Record<string, string>> => {
    const { cookie } = await openWebSession(identity, await person(username));
    return { cookie: `sallyport_session=${cookie.reveal()}`, origin: url, 'x-sallyport-csrf': '1' };
  };
  return {
    url,
    server,
    access,
    keys,
    keyring,
    recordings,
    directory,
    provider,
    person,
    browserOf,
    tokenOf: (username: CastName) =>
      fetchToken({ issuer: provider.issuer, clientId: CLIENT_ID, audience: url, username }),
    call: async (username: CastName, request: ApiCall) => callApi(url, await browserOf(username), request),
    stop: async () => {
      await server.close();
      await provider.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function createServer(parts: {
  access: AccessContext;
  identity: IdentityContext;
  keyring: Keyring;
  recordings: string;
  directory: string;
  options: HarnessOptions;
}): FastifyInstance {
  const { access, identity } = parts;
  const issuerKeys = createIssuerKeys();
  const limiter = new RateLimiter(parts.options.rateLimit ?? DEFAULT_RATE_LIMIT);
  const identify = createIdentify({
    credentials: {
      authenticateBearer: (token) => authenticateBearer(identity, token, issuerKeys),
      readSession: (cookie) => readWebSession(identity, cookie),
    },
    limiter,
    clock: systemClock,
    publicUrl: access.settings.publicUrl,
  });
  return createWebServer({
    access,
    recording: { directory: parts.recordings, keys: parts.keyring.recording },
    keyring: rotationsOf(parts.keyring),
    identify,
    limiter,
    signIn: createBrowserLogin({
      context: identity,
      discover: createOidcDiscovery(systemClock),
      sealingKey: new Secret(randomBytes(32)),
    }),
    signInFacts: () => identity.settings().oidc,
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    pagesDirectory: join(parts.directory, 'pages'),
    plugins: [],
    ready: async () => [],
    metrics: async () => [],
    ...parts.options.server,
  });
}

async function createAccess(parts: {
  store: AccessContext['store'];
  url: string;
  postgresPort: number;
  recordings: string;
  target: HarnessTarget;
}): Promise<AccessContext> {
  const { postgresPort, target } = parts;
  const template = await readFile(new URL('policy.yaml', import.meta.url), 'utf8');
  const text = template
    .replace('TARGET_ADDRESS', `127.0.0.1:${target.port}`)
    .replace('TARGET_DATABASE', target.database)
    .replace('TARGET_USERNAME', target.username)
    .replace('BROKER_ADDRESS', `127.0.0.1:${postgresPort}`)
    .replace('RECORDINGS', parts.recordings);
  const parsed = parsePolicyDocument(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return {
    store: parts.store,
    policy: { current: () => parsed },
    clock: systemClock,
    random: (bytes) => randomBytes(bytes),
    onCall: NO_ON_CALL,
    tickets: NO_TICKETS,
    settings: {
      publicUrl: parts.url,
      postgres: { host: '127.0.0.1', port: postgresPort },
      ssh: { host: '127.0.0.1', port: 2222, hostKey: 'ssh-ed25519 AAAA' },
      readSecret: () => new Secret(target.password),
    },
  };
}

function createIdentity(
  store: AccessContext['store'],
  { url, issuer }: { url: string; issuer: string },
): IdentityContext {
  const oidc = {
    issuer,
    clientId: CLIENT_ID,
    clientSecret: null,
    audience: url,
    scopes: 'openid profile email',
    groupsClaim: 'groups',
    sshKeysClaim: null,
    clockToleranceMs: 5_000,
  };
  return {
    store,
    clock: systemClock,
    random: (bytes) => randomBytes(bytes),
    settings: () => ({ oidc, workloads: [], audience: url }),
  };
}

function factsOf(username: CastName, issuer: string) {
  const member = CAST.find((candidate) => candidate.username === username);
  if (member === undefined) throw new Error(`${username} is not in the cast`);
  return { issuer, subject: username, email: member.email, name: member.name, groups: member.groups };
}

async function callApi(url: string, browser: Record<string, string>, request: ApiCall): Promise<ApiAnswer> {
  const { path, json, headers } = request;
  const response = await fetch(`${url}/api/v1${path}`, {
    method: json === undefined ? 'GET' : 'POST',
    headers: {
      ...browser,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await response.text();
  const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '') && text !== '';
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}
