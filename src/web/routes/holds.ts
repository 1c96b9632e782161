import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { voteOnHold } from '../../access/decide-hold.ts';
import { listHeldFor } from '../../access/list-pending.ts';
import { listHolds, readHold } from '../../access/read-holds.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { ID_PATH, listOf } from '../schemas/fields.ts';
import { HOLD, HOLD_VOTE_BODY, HOLDS_QUERY } from '../schemas/holds.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { API_PLATFORM } from './requests.ts';

const TAGS = ['holds'];

/** /holds: commands that wait for approval, for those who may see them, and voting on one. */
export function holdRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/holds',
      {
        schema: {
          summary: 'Held commands',
          tags: TAGS,
          querystring: HOLDS_QUERY,
          response: { 200: listOf(HOLD) },
        },
      },
      async (request) => {
        const viewer = await callerOf(request);
        const { state, session: sessionId, mine, forMe, limit } = request.query;
        if (forMe === true) return { items: (await listHeldFor(access, { voter: viewer })).slice(0, limit) };
        const holderId = mine === true ? viewer.id : undefined;
        const filter = withoutUndefined({ state, sessionId, holderId });
        return { items: await listHolds(access, { viewer, ...filter, limit }) };
      },
    );

    server.get(
      '/holds/:id',
      { schema: { summary: 'One held command', tags: TAGS, params: ID_PATH, response: { 200: HOLD } } },
      async (request) => readHold(access, { id: request.params.id, viewer: await callerOf(request) }),
    );

    server.post(
      '/holds/:id/votes',
      {
        schema: {
          summary: 'Approve or deny a held command',
          tags: TAGS,
          params: ID_PATH,
          body: HOLD_VOTE_BODY,
          response: { 200: HOLD },
        },
      },
      async (request) => {
        const { verdict, scope, textSha256, note } = request.body;
        return voteOnHold(access, {
          holdId: request.params.id,
          voter: await callerOf(request),
          verdict,
          scope,
          textSha256,
          note: note ?? null,
          platform: API_PLATFORM,
        });
      },
    );
  };
}
