/**
 * The HTTP side in one server: API, pages, sign-in, health, and the plugins that `main` adds (the chat
 * page's). Routes parse, call a use case and answer; what anyone may do is decided there.
 */
import fastifyCookie from '@fastify/cookie';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  LogController,
} from 'fastify';
import type { AccessContext } from '../access/context.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { ApiDependencies } from './api-dependencies.ts';
import type { Identify } from './identify.ts';
import type { Metric } from './metrics.ts';
import { noticeStyle } from './notice-page.ts';
import type { BrowserSignIn, SignInFacts } from './ports.ts';
import { answerError, problemOf, sendProblem } from './problems.ts';
import type { RateLimiter } from './rate-limit.ts';
import { refuseNullCharacters } from './refuse-null-characters.ts';
import { apiRoutes } from './routes/api.ts';
import { browserSignInRoutes } from './routes/browser-sign-in.ts';
import { healthRoutes } from './routes/health.ts';
import { linkRoutes } from './routes/link.ts';
import { pageRoutes } from './routes/pages.ts';
import { stepUpRoutes } from './routes/step-up.ts';
import { securityHeaders } from './security-headers.ts';

const BODY_BYTES_MAX = 1_048_576;
/** For the whole of a request to arrive; answers may take longer (a stream, a download). */
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 72_000;
/** What a stopping server gives to answers under way; event streams would never end by themselves. */
const CLOSE_GRACE_MS = 2_000;
const PATH_PARAMETER_CHARACTERS_MAX = 200;

export interface WebServerOptions {
  readonly access: AccessContext;
  readonly recording: ApiDependencies['recording'];
  readonly keyring: ApiDependencies['keyring'];
  /** Made by `createIdentify`; the same one that the plugins ask. */
  readonly identify: Identify;
  readonly limiter: RateLimiter;
  readonly signIn: BrowserSignIn;
  readonly signInFacts: () => SignInFacts | null;
  readonly clock: Clock;
  readonly logger: FastifyBaseLogger;
  /** What `npm run build:pages` wrote. */
  readonly pagesDirectory: string;
  readonly plugins: readonly FastifyPluginAsync[];
  /** Why the process cannot do its work now; empty when it can. */
  readonly ready: () => Promise<readonly string[]>;
  readonly metrics: () => Promise<readonly Metric[]>;
  readonly watchLimits?: ApiDependencies['watchLimits'];
}

/** @returns the server, not listening yet: `main` chooses the address and closes it */
export function createWebServer(options: WebServerOptions): FastifyInstance {
  const { access, identify, limiter, clock } = options;
  const { publicUrl } = access.settings;
  const addSecurityHeaders = securityHeaders({ https: new URL(publicUrl).protocol === 'https:' });

  const server: FastifyInstance = Fastify({
    loggerInstance: options.logger,
    // The log of a request is our own (`logRequests`): a URL can hold a sign-in's code.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: PATH_PARAMETER_CHARACTERS_MAX },
    // A path that cannot be decoded is refused before any hook runs.
    frameworkErrors: (error, request, reply) => {
      addSecurityHeaders(request, reply);
      answerError(error, request, reply);
    },
  });

  server.addHook('onRequest', async (request, reply) => addSecurityHeaders(request, reply));
  server.addHook('preValidation', async (request) => refuseNullCharacters(request));
  logRequests(server);
  server.addHook('preClose', async () => {
    setTimeout(() => server.server.closeAllConnections(), CLOSE_GRACE_MS).unref();
  });
  server.setErrorHandler(answerError);
  server.setNotFoundHandler((_request, reply) => {
    sendProblem(reply, problemOf('not_found', 'There is nothing here.'));
  });

  const callerOf: ApiDependencies['callerOf'] = async (request, options) => {
    const identity = await identify(request, options);
    if (identity === null)
      throw new AppError('unauthenticated', 'Sign in, or send a token: Authorization: Bearer.');
    return identity;
  };

  server.register(fastifyCookie);
  server.register(noticeStyle);
  server.register(healthRoutes(options));
  server.register(browserSignInRoutes({ signIn: options.signIn, limiter, clock, publicUrl }));
  server.register(stepUpRoutes({ access, signIn: options.signIn, limiter, clock }));
  server.register(linkRoutes({ access, signIn: options.signIn, limiter, clock }));
  server.register(
    apiRoutes({
      access,
      recording: options.recording,
      keyring: options.keyring,
      signInFacts: options.signInFacts,
      callerOf,
      ...(options.watchLimits === undefined ? {} : { watchLimits: options.watchLimits }),
    }),
    { prefix: '/api/v1' },
  );
  for (const plugin of options.plugins) server.register(plugin);
  server.register(pageRoutes({ directory: options.pagesDirectory, identify }));
  return server;
}

/** One line for each answer, with the route's pattern in place of the path and no query. */
function logRequests(server: FastifyInstance): void {
  server.addHook('onResponse', async (request, reply) => {
    request.log.debug(
      {
        method: request.method,
        route: request.routeOptions.url ?? '(none)',
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
      },
      'answered',
    );
  });
}
