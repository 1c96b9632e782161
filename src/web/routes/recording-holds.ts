import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { holdRecordings, listHoldsOnRecordings, releaseRecordings } from '../../access/recordings/holds.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { ID_PATH, listOf } from '../schemas/fields.ts';
import {
  RECORDING_HOLD,
  RECORDING_HOLD_BODY,
  RECORDING_HOLDS_QUERY,
  RECORDING_RELEASE_BODY,
} from '../schemas/recordings.ts';
import { withoutUndefined } from '../without-undefined.ts';

const TAGS = ['recordings'];

/** /recording-holds: legal hold, for members of the groups in `oversight`. */
export function recordingHoldRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/recording-holds',
      {
        schema: {
          summary: 'Recordings that are on hold, or were',
          tags: TAGS,
          querystring: RECORDING_HOLDS_QUERY,
          response: { 200: listOf(RECORDING_HOLD) },
        },
      },
      async (request) => {
        const viewer = await callerOf(request);
        const { inForce, limit } = request.query;
        return {
          items: await listHoldsOnRecordings(access, { viewer, ...withoutUndefined({ inForce }), limit }),
        };
      },
    );

    server.post(
      '/recording-holds',
      {
        schema: {
          summary: 'Keep the recording of a session, or those of an incident, whatever the retention says',
          tags: TAGS,
          body: RECORDING_HOLD_BODY,
          response: { 200: RECORDING_HOLD },
        },
      },
      async (request) => {
        const { because, ...on } = request.body;
        return holdRecordings(access, { on, by: await callerOf(request), because });
      },
    );

    server.post(
      '/recording-holds/:id/release',
      {
        schema: {
          summary: 'Let the retention decide again',
          tags: TAGS,
          params: ID_PATH,
          body: RECORDING_RELEASE_BODY,
          response: { 200: RECORDING_HOLD },
        },
      },
      async (request) =>
        releaseRecordings(access, {
          id: request.params.id,
          by: await callerOf(request),
          because: request.body.because,
        }),
    );
  };
}
