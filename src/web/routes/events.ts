import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { readLogExtent, readLogPage } from '../../access/audit-log.ts';
import { listEvents } from '../../access/read-access.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { LOG_EXTENT, LOG_EXTENT_QUERY, LOG_PAGE, LOG_PAGE_QUERY } from '../schemas/audit-log.ts';
import { EVENT, EVENTS_QUERY } from '../schemas/events.ts';
import { listOf } from '../schemas/fields.ts';
import { withoutUndefined } from '../without-undefined.ts';

const TAGS = ['audit'];

/** The audit log, for overseers: its end, newest first, and all of it in order with hashes and signed heads. */
export function eventRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/events',
      {
        schema: {
          summary: 'The audit log, newest first',
          tags: TAGS,
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

    server.get(
      '/audit/log',
      {
        schema: {
          summary: 'The chained audit log in order, a page of it, with its hashes and signed heads',
          tags: TAGS,
          querystring: LOG_PAGE_QUERY,
          response: { 200: LOG_PAGE },
        },
      },
      async (request) => readLogPage(access, { viewer: await callerOf(request), ...request.query }),
    );

    server.get(
      '/audit/extent',
      {
        schema: {
          summary: 'Where the events of a time stand in the audit log, up to the next signed head',
          tags: TAGS,
          querystring: LOG_EXTENT_QUERY,
          response: { 200: LOG_EXTENT },
        },
      },
      async (request) => {
        const { since = null, until = null } = request.query;
        return readLogExtent(access, { viewer: await callerOf(request), since, until });
      },
    );
  };
}
