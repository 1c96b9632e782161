import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import {
  discardDeadLetter,
  listDeadLetters,
  readDeadLetter,
  retryDeadLetter,
} from '../../access/dead-letters.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { ID_PATH, listOf } from '../schemas/fields.ts';
import { DEAD_LETTER, DEAD_LETTERS_QUERY } from '../schemas/jobs.ts';
import { withoutUndefined } from '../without-undefined.ts';

const TAGS = ['jobs'];

/** /jobs: jobs that gave up, for overseers, and doing them again. */
export function jobRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/jobs',
      {
        schema: {
          summary: 'Jobs that gave up, newest first',
          tags: TAGS,
          querystring: DEAD_LETTERS_QUERY,
          response: { 200: listOf(DEAD_LETTER) },
        },
      },
      async (request) => {
        const { state, job, limit } = request.query;
        const viewer = await callerOf(request);
        return {
          items: await listDeadLetters(access, { viewer, state, ...withoutUndefined({ job }), limit }),
        };
      },
    );

    server.get(
      '/jobs/:id',
      { schema: { summary: 'One of them', tags: TAGS, params: ID_PATH, response: { 200: DEAD_LETTER } } },
      async (request) => readDeadLetter(access, { id: request.params.id, viewer: await callerOf(request) }),
    );

    server.post(
      '/jobs/:id/retry',
      {
        schema: {
          summary: 'Have it done again',
          tags: TAGS,
          params: ID_PATH,
          response: { 200: DEAD_LETTER },
        },
      },
      async (request) => retryDeadLetter(access, { id: request.params.id, by: await callerOf(request) }),
    );

    server.post(
      '/jobs/:id/discard',
      {
        schema: {
          summary: 'Nobody needs to look at it any more',
          tags: TAGS,
          params: ID_PATH,
          response: { 200: DEAD_LETTER },
        },
      },
      async (request) => discardDeadLetter(access, { id: request.params.id, by: await callerOf(request) }),
    );
  };
}
