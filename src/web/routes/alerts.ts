import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { listAlerts } from '../../access/alerts/list-alerts.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { ALERT, ALERTS_QUERY } from '../schemas/alerts.ts';
import { listOf } from '../schemas/fields.ts';

/** GET /alerts: what was to be told, and where it was, for overseers. */
export function alertRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/alerts',
      {
        schema: {
          summary: 'Alerts since a moment, and where they were told',
          tags: ['audit'],
          querystring: ALERTS_QUERY,
          response: { 200: listOf(ALERT) },
        },
      },
      async (request) => ({
        items: await listAlerts(access, { viewer: await callerOf(request), ...request.query }),
      }),
    );
  };
}
