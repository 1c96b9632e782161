/**
 * A whole web side on a real socket: the real store, use cases, pages' server and recording keys, with
 * the demo's identity provider (a real oidc-provider) to sign in at.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll } from 'vitest';
import type { AccessContext } from '../../../src/access/context.ts';
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
import { createRecordingKeys, type RecordingKeys } from '../../../src/recording/keys.ts';
import { findFreePort } from '../../../src/store/embedded/free-port.ts';
import { createIdentify } from '../../../src/web/identify.ts';
import { DEFAULT_RATE_LIMIT, RateLimiter } from '../../../src/web/rate-limit.ts';
import { createWebServer, type WebServerOptions } from '../../../src/web/server.ts';
import { useTestStore } from '../../support/store.ts';

export const CLIENT_ID = 'sallyport-test';

export interface WebHarness {
  readonly url: string;
  readonly server: FastifyInstance;
  readonly access: AccessContext;
  readonly keys: RecordingKeys;
  readonly recordings: string;
  /** A place for files of the test, removed at the end. */
  readonly directory: string;
  readonly provider: IdentityProvider;
  /** One of the demo's people, known here as after a sign-in. */
  person(username: CastName): Promise<Person>;
  /** The headers of that person's browser, with what a page of ours adds. */
  browserOf(username: CastName): Promise<Record<string, string>>;
}

/** Starts everything before the file's tests and stops it after them. Read the result inside tests only. */
export function useWebHarness(overrides: Partial<WebServerOptions> = {}): { readonly current: WebHarness } {
  const store = useTestStore();
  let harness: (WebHarness & { stop(): Promise<void> }) | null = null;
  beforeAll(async () => {
    harness = await startHarness(store, overrides);
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

async function startHarness(
  store: { readonly current: AccessContext['store'] },
  overrides: Partial<WebServerOptions>,
) {
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-web-'));
  const recordings = join(directory, 'recordings');
  const [port, providerPort] = [await findFreePort(), await findFreePort()];
  const url = `http://127.0.0.1:${port}`;
  const provider = await startIdentityProvider({
    directory: join(directory, 'identity-provider'),
    port: providerPort,
    clientId: CLIENT_ID,
    redirectUris: ['http://127.0.0.1/auth/callback', 'http://127.0.0.1/callback'],
    audience: url,
  });
  const access = await createAccess(store.current, url);
  const identity = createIdentity(store.current, { url, issuer: provider.issuer });
  const keys = createRecordingKeys({
    masterKey: new Secret(randomBytes(32)),
    signingKey: generateKeyPairSync('ed25519').privateKey,
  });
  const server = createServer({ access, identity, keys, recordings, directory, overrides });
  await server.listen({ host: '127.0.0.1', port });

  const person = (username: CastName): Promise<Person> =>
    upsertPerson(identity, factsOf(username, provider.issuer));
  return {
    url,
    server,
    access,
    keys,
    recordings,
    directory,
    provider,
    person,
    browserOf: async (username: CastName) => {
      const { cookie } = await openWebSession(identity, await person(username));
      return { cookie: `sallyport_session=${cookie.reveal()}`, origin: url, 'x-sallyport-csrf': '1' };
    },
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
  keys: RecordingKeys;
  recordings: string;
  directory: string;
  overrides: Partial<WebServerOptions>;
}): FastifyInstance {
  const { access, identity } = parts;
  const issuerKeys = createIssuerKeys();
  const limiter = new RateLimiter(DEFAULT_RATE_LIMIT);
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
    recording: { directory: parts.recordings, keys: parts.keys },
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
    ...parts.overrides,
  });
}

async function createAccess(store: AccessContext['store'], url: string): Promise<AccessContext> {
  const parsed = parsePolicyDocument(await readFile(new URL('policy.yaml', import.meta.url), 'utf8'));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return {
    store,
    policy: { current: () => parsed },
    clock: systemClock,
    random: (bytes) => randomBytes(bytes),
    settings: {
      publicUrl: url,
      postgres: { host: '127.0.0.1', port: 6432 },
      readSecret: () => new Secret('unused'),
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
