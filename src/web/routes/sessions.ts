import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { AccessContext } from '../../access/context.ts';
import { listSessions, readSession } from '../../access/read-access.ts';
import { mayTerminate, terminateSession } from '../../access/run-session.ts';
import type { SessionView } from '../../access/views.ts';
import type { Identity } from '../../core/identity.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { ID_PATH, listOf } from '../schemas/fields.ts';
import { SESSION, SESSIONS_QUERY, type SessionAnswer } from '../schemas/sessions.ts';
import { withoutUndefined } from '../without-undefined.ts';

const TAGS = ['sessions'];

/** /sessions: the ones the caller may see, and ending one. The use cases decide who may what. */
export function sessionRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/sessions',
      {
        schema: {
          summary: 'Sessions',
          tags: TAGS,
          querystring: SESSIONS_QUERY,
          response: { 200: listOf(SESSION) },
        },
      },
      async (request) => {
        const viewer = await callerOf(request);
        const { search, live, request: requestId, limit } = request.query;
        const sessions = await listSessions(access, {
          viewer,
          ...withoutUndefined({ search, live, requestId }),
          limit,
        });
        return { items: await Promise.all(sessions.map((session) => toAnswer(access, { session, viewer }))) };
      },
    );

    server.get(
      '/sessions/:id',
      { schema: { summary: 'One session', tags: TAGS, params: ID_PATH, response: { 200: SESSION } } },
      async (request) => {
        const viewer = await callerOf(request);
        const session = await readSession(access, { id: request.params.id, viewer });
        return toAnswer(access, { session, viewer });
      },
    );

    server.post(
      '/sessions/:id/terminate',
      { schema: { summary: 'End a live session', tags: TAGS, params: ID_PATH, response: { 200: SESSION } } },
      async (request) => {
        const by = await callerOf(request);
        const session = await terminateSession(access, { sessionId: request.params.id, by });
        return toAnswer(access, { session, viewer: by });
      },
    );
  };
}

async function toAnswer(
  access: AccessContext,
  { session, viewer }: { session: SessionView; viewer: Identity },
): Promise<SessionAnswer> {
  const live = session.endedAt === null;
  return {
    ...session,
    live,
    may: { terminate: live && (await mayTerminate(access, { session, by: viewer })) },
  };
}
