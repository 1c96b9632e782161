import { fileURLToPath } from 'node:url';
import type { FastifyPluginAsync } from 'fastify';
import { chatPlugin } from '../bot/web/plugin.ts';
import { authenticateBearer } from '../identity/authenticate-bearer.ts';
import { createBrowserLogin } from '../identity/browser-login/browser-login.ts';
import { createIssuerKeys } from '../identity/issuer-keys.ts';
import { createOidcDiscovery } from '../identity/oidc-client.ts';
import { readWebSession } from '../identity/web-sessions.ts';
import { rotationsOf } from '../recording/keyring/rotate.ts';
import { deploymentMetrics } from '../web/deployment-metrics.ts';
import { createIdentify, identifyPerson } from '../web/identify.ts';
import { DEFAULT_RATE_LIMIT, RateLimiter } from '../web/rate-limit.ts';
import { createWebServer } from '../web/server.ts';
import { listen } from './addresses.ts';
import { signInKey } from './broker-key.ts';
import type { Foundation } from './foundation.ts';
import { keyringMetrics } from './keyring.ts';
import { storageMetrics } from './recording-storage.ts';

const PAGES_DIRECTORY = fileURLToPath(new URL('../../dist/pages/', import.meta.url));

/**
 * The HTTP API, the pages, signing in, and the chat page.
 * @param options.plugins what else is served there: the routes of chat platforms that call us
 */
export async function startWeb(
  foundation: Foundation,
  options: { readonly plugins: readonly FastifyPluginAsync[] },
): Promise<void> {
  const { access, config, identity, keyring, lifecycle, logger, policy } = foundation;
  const { document } = policy.current();
  const { clock, settings } = access;
  const issuerKeys = createIssuerKeys();
  const limiter = new RateLimiter(DEFAULT_RATE_LIMIT);
  const identify = createIdentify({
    credentials: {
      authenticateBearer: (token) => authenticateBearer(identity, token, issuerKeys),
      readSession: (cookie) => readWebSession(identity, cookie),
    },
    limiter,
    clock,
    publicUrl: settings.publicUrl,
  });
  const web = createWebServer({
    access,
    recording: foundation.recordings,
    keyring: rotationsOf(keyring),
    identify,
    limiter,
    signIn: createBrowserLogin({
      context: identity,
      discover: createOidcDiscovery(clock),
      sealingKey: await signInKey(keyring),
    }),
    signInFacts: () => identity.settings().oidc,
    clock,
    logger,
    pagesDirectory: PAGES_DIRECTORY,
    plugins: [
      chatPlugin({ access, authenticate: (request) => identifyPerson(identify, request) }),
      ...options.plugins,
    ],
    ready: foundation.whatIsWrong,
    metrics: async () => [
      ...(await deploymentMetrics(access)),
      ...storageMetrics(foundation.storage),
      ...keyringMetrics(keyring),
    ],
  });
  lifecycle.add('web', () => web.close());
  await listen(web, {
    address: config.listenOn.web ?? document.server.address,
    what: 'the pages and the API',
    setting: 'server.address in sallyport.yaml',
  });
}
