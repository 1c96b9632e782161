import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { listEvents } from '../../access/read-access.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { EVENT, EVENTS_QUERY } from '../schemas/events.ts';
import { listOf } from '../schemas/fields.ts';
import { withoutUndefined } from '../without-undefined.ts';

/** GET /events: the end of the audit log, newest first, for overseers. */
export function eventRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/events',
      {
        schema: {
          summary: 'The audit log, newest first',
          tags: ['audit'],
          querystring: EVENTS_QUERY,
          response: { 200: listOf(EVENT) },
        },
      },
      async (request) => {
        const { subject, limit } = request.query;
        const viewer = await callerOf(request);
        return { items: await listEvents(access, { viewer, ...withoutUndefined({ subject }), limit }) };
      },
    );
  };
}
