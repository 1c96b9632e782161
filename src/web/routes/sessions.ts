import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { AccessContext } from '../../access/context.ts';
import { readSession } from '../../access/read-access.ts';
import { readRecordingStanding } from '../../access/recordings/standing.ts';
import { mayTerminate, terminateSession } from '../../access/run-session.ts';
import { reindexSessions } from '../../access/search/reindex-sessions.ts';
import { searchSessions } from '../../access/search/search-sessions.ts';
import type { SessionView } from '../../access/views.ts';
import type { Identity } from '../../core/identity.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { ID_PATH } from '../schemas/fields.ts';
import {
  REINDEX_ANSWER,
  REINDEX_BODY,
  SESSION,
  SESSION_PAGE,
  SESSIONS_QUERY,
  type SessionAnswer,
  TERMINATE_BODY,
} from '../schemas/sessions.ts';

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
          response: { 200: SESSION_PAGE },
        },
      },
      async (request) => {
        const viewer = await callerOf(request);
        const { request: requestId, incident, ...query } = request.query;
        const { items, next, lookedBackTo } = await searchSessions(access, {
          ...query,
          requestId,
          incident: incident?.replace(/^#/, ''),
          viewer,
        });
        const answers = items.map(async ({ session, ...found }) => ({
          ...(await sessionAnswer(access, { session, viewer })),
          ...found,
        }));
        return { items: await Promise.all(answers), next, lookedBackTo };
      },
    );

    server.post(
      '/sessions/reindex',
      {
        schema: {
          summary: 'Have recordings read into the search anew',
          tags: TAGS,
          body: REINDEX_BODY,
          response: { 200: REINDEX_ANSWER },
        },
      },
      async (request) => {
        const by = await callerOf(request);
        return reindexSessions(access, { by, sessionId: request.body.session ?? null });
      },
    );

    server.get(
      '/sessions/:id',
      { schema: { summary: 'One session', tags: TAGS, params: ID_PATH, response: { 200: SESSION } } },
      async (request) => {
        const viewer = await callerOf(request);
        const session = await readSession(access, { id: request.params.id, viewer });
        const recording = await readRecordingStanding(access, { sessionId: session.id });
        return { ...(await sessionAnswer(access, { session, viewer })), recording };
      },
    );

    server.post(
      '/sessions/:id/terminate',
      {
        schema: {
          summary: 'End a live session',
          tags: TAGS,
          params: ID_PATH,
          body: TERMINATE_BODY,
          response: { 200: SESSION },
        },
      },
      async (request) => {
        const by = await callerOf(request);
        const reason = request.body?.reason;
        const session = await terminateSession(access, { sessionId: request.params.id, by, reason });
        return sessionAnswer(access, { session, viewer: by });
      },
    );
  };
}

/** A session as this viewer gets it. */
export async function sessionAnswer(
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
