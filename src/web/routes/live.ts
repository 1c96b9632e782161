import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { readSession } from '../../access/read-access.ts';
import { beginWatch, endWatch, renewWatch } from '../../access/watch/watch-session.ts';
import { AppError } from '../../core/errors.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { openLiveFeeds } from '../live/live-recordings.ts';
import { Watches } from '../live/watches.ts';
import { ID_PATH } from '../schemas/fields.ts';
import { LIVE_QUERY } from '../schemas/live.ts';
import { SESSION } from '../schemas/sessions.ts';
import { sessionAnswer } from './sessions.ts';

const EVENT_STREAM_TYPE = 'text/event-stream';
/** A stream ends by itself long before. */
const ANSWER_TIMEOUT_MS = 86_400_000;
const EVENT_ID = /^\d{1,15}$/;

/** /sessions/:id/live: what is being recorded, as it is, for those who may see the session. */
export function liveRoutes({
  access,
  recording,
  callerOf,
  watchLimits,
}: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    const watches = new Watches({
      feeds: openLiveFeeds(access, recording),
      encode: (session) => z.encode(SESSION, session),
      ...(watchLimits === undefined ? {} : { limits: watchLimits }),
    });
    // An open stream would hold the server up.
    server.addHook('preClose', () => watches.close());

    server.get(
      '/sessions/:id/live',
      {
        // No HEAD: its answer ends at once, and would leave the stream open behind it.
        exposeHeadRoute: false,
        handlerTimeout: ANSWER_TIMEOUT_MS,
        schema: {
          summary: 'Watch a session that runs: what is recorded, as server-sent events',
          description:
            'Events: `recorded` (its id is where to go on: send it as Last-Event-ID), `gap`, `standing`, `beat` every second, `end`. That somebody watches is an event of the audit log and shown with the session.',
          tags: ['sessions'],
          params: ID_PATH,
          querystring: LIVE_QUERY,
          response: {
            200: { description: 'Server-sent events', content: { [EVENT_STREAM_TYPE]: { schema: z.any() } } },
          },
        },
      },
      async (request, reply) => {
        const by = await callerOf(request);
        const { id: sessionId } = request.params;
        const stream = await watches.open({
          sessionId,
          by,
          after: lastEventOf(request.headers['last-event-id']) ?? request.query.after ?? 0,
          rights: {
            caller: () => callerOf(request, { anew: true }),
            look: async (viewer) =>
              sessionAnswer(access, {
                session: await readSession(access, { id: sessionId, viewer }),
                viewer,
              }),
            begin: (viewer) => beginWatch(access, { sessionId, by: viewer }),
            renew: (viewer) => renewWatch(access, { sessionId, by: viewer }),
            end: (viewer) => endWatch(access, { sessionId, by: viewer }),
          },
        });
        return reply
          .type(`${EVENT_STREAM_TYPE}; charset=utf-8`)
          .header('x-accel-buffering', 'no')
          .send(stream);
      },
    );
  };
}

/** @throws AppError `invalid_input` for what was never an id here */
function lastEventOf(header: string | string[] | undefined): number | null {
  if (header === undefined || header === '') return null;
  if (typeof header !== 'string' || !EVENT_ID.test(header))
    throw new AppError('invalid_input', 'Last-Event-ID is the id of an event of this stream.');
  return Number(header);
}
