import fastifySwagger from '@fastify/swagger';
import type { FastifyPluginAsync, FastifySchema } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import type { ApiDependencies } from '../api-dependencies.ts';
import { problemOf, sendProblem } from '../problems.ts';
import { PROBLEM } from '../schemas/problem.ts';
import { alertRoutes } from './alerts.ts';
import { breakGlassRoutes } from './break-glass.ts';
import { delegationRoutes } from './delegations.ts';
import { drillRoutes } from './drills.ts';
import { eventRoutes } from './events.ts';
import { explainRoutes } from './explain.ts';
import { freezeRoutes, freezingRoutes } from './freeze.ts';
import { grantRoutes } from './grants.ts';
import { holdRoutes } from './holds.ts';
import { incidentReportRoutes } from './incident-reports.ts';
import { incidentRoutes } from './incidents.ts';
import { jobRoutes } from './jobs.ts';
import { keyringRoutes } from './keyring.ts';
import { keyRoutes } from './keys.ts';
import { liveRoutes } from './live.ts';
import { meRoutes } from './me.ts';
import { policyRoutes } from './policy.ts';
import { recordingHoldRoutes } from './recording-holds.ts';
import { recordingRoutes } from './recordings.ts';
import { requestDialogueRoutes } from './request-dialogue.ts';
import { requestRoutes } from './requests.ts';
import { resourceRoutes } from './resources.ts';
import { reviewRoutes } from './reviews.ts';
import { revocationRoutes } from './revocations.ts';
import { sessionRoutes } from './sessions.ts';
import { signInRoutes } from './sign-in.ts';
import { sinkRoutes } from './sinks.ts';

const HANDLER_TIMEOUT_MS = 30_000;

/** A new family of routes is one file and one line here. */
const FAMILIES = [
  meRoutes,
  resourceRoutes,
  requestRoutes,
  requestDialogueRoutes,
  delegationRoutes,
  grantRoutes,
  breakGlassRoutes,
  revocationRoutes,
  freezeRoutes,
  reviewRoutes,
  sessionRoutes,
  liveRoutes,
  holdRoutes,
  policyRoutes,
  explainRoutes,
  recordingRoutes,
  recordingHoldRoutes,
  incidentRoutes,
  incidentReportRoutes,
  keyRoutes,
  keyringRoutes,
  eventRoutes,
  jobRoutes,
  sinkRoutes,
  alertRoutes,
  drillRoutes,
];

/**
 * Everything under `/api/v1`. The schemas that check the input and shape the answers are the ones that
 * the OpenAPI document is made from.
 */
export function apiRoutes(dependencies: ApiDependencies): FastifyPluginAsync {
  return async (server) => {
    server.setValidatorCompiler(validatorCompiler);
    server.setSerializerCompiler(serializerCompiler);
    server.addHook('onRoute', (route) => {
      route.handlerTimeout ??= HANDLER_TIMEOUT_MS;
      if (route.schema !== undefined) route.schema = withProblems(route.schema);
    });
    server.addHook('onRequest', async (_request, reply) => {
      reply.header('cache-control', 'no-store');
    });
    server.setNotFoundHandler((request, reply) => {
      sendProblem(
        reply,
        problemOf('not_found', `There is no ${request.method} ${request.url.split('?')[0]}.`),
      );
    });

    await server.register(fastifySwagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Sallyport',
          version: '1',
          description:
            'Lists answer `{ items }`. Errors are application/problem+json (RFC 9457) with a stable `code`.',
        },
        servers: [{ url: '/' }],
        components: {
          securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
        },
        security: [{ bearer: [] }],
      },
      transform: jsonSchemaTransform,
    });

    await server.register(signInRoutes(dependencies));
    await server.register(freezingRoutes(dependencies));
    server.get('/openapi.json', { schema: { hide: true } }, async () => server.swagger());

    await server.register(async (restricted) => {
      // Whoever adds a family gets this check with it: without a caller no route of theirs runs.
      restricted.addHook('onRequest', async (request) => {
        await dependencies.callerOf(request);
      });
      for (const family of FAMILIES) await restricted.register(family(dependencies));
    });
  };
}

/** Every route can answer a problem; the document says so once for each. */
function withProblems(schema: FastifySchema): FastifySchema {
  const answers = typeof schema.response === 'object' ? schema.response : {};
  const content = { 'application/problem+json': { schema: PROBLEM } };
  return { ...schema, response: { ...answers, default: { description: 'A problem', content } } };
}
