import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { listRequestable } from '../../access/preview-request.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { listOf } from '../schemas/fields.ts';
import { REQUESTABLE } from '../schemas/resources.ts';

/** GET /resources: what the caller may ask for, and what it would take. */
export function resourceRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/resources',
      {
        schema: {
          summary: 'Resources you may ask for',
          tags: ['requests'],
          response: { 200: listOf(REQUESTABLE) },
        },
      },
      async (request) => ({ items: listRequestable(access, { requester: await callerOf(request) }) }),
    );
  };
}
