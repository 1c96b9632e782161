import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { beginDrill, endDrill } from '../../access/drill/drills.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { DRILL, DRILL_BODY, DRILL_END_BODY, DRILL_ENDED } from '../schemas/drills.ts';
import { ID_PATH } from '../schemas/fields.ts';

const TAGS = ['audit'];

/** /drills: that one begins and how it came out, for overseers. What it plays has no routes of its own. */
export function drillRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.post(
      '/drills',
      {
        schema: { summary: 'Begin a drill', tags: TAGS, body: DRILL_BODY, response: { 201: DRILL } },
      },
      async (request, reply) => {
        const by = await callerOf(request);
        return reply.code(201).send(await beginDrill(access, { by, ...request.body }));
      },
    );

    server.post(
      '/drills/:id/end',
      {
        schema: {
          summary: 'Say how a drill of yours came out',
          tags: TAGS,
          params: ID_PATH,
          body: DRILL_END_BODY,
          response: { 200: DRILL_ENDED },
        },
      },
      async (request) =>
        endDrill(access, { by: await callerOf(request), id: request.params.id, ...request.body }),
    );
  };
}
