import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { commentOnRequest } from '../../access/comment-on-request.ts';
import { consentToRequest } from '../../access/consent-to-request.ts';
import { requestAgain } from '../../access/request-again.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { ID_PATH } from '../schemas/fields.ts';
import { COMMENT_BODY, CONSENT_BODY, REQUEST, REQUEST_HEADERS } from '../schemas/requests.ts';
import { API_PLATFORM } from './requests.ts';

const TAGS = ['requests'];

/** What people do with a request besides voting: words, a consent, asking once more. */
export function requestDialogueRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.post(
      '/requests/:id/comments',
      {
        schema: {
          summary: 'Add words to a request',
          tags: TAGS,
          params: ID_PATH,
          body: COMMENT_BODY,
          response: { 201: REQUEST },
        },
      },
      async (request, reply) => {
        const { id: requestId } = request.params;
        const { text } = request.body;
        const by = await callerOf(request);
        const platform = API_PLATFORM;
        return reply.code(201).send(await commentOnRequest(access, { requestId, by, text, platform }));
      },
    );

    server.post(
      '/requests/:id/consent',
      {
        schema: {
          summary: 'Consent to hold what somebody asked for, or refuse to',
          tags: TAGS,
          params: ID_PATH,
          body: CONSENT_BODY,
          response: { 200: REQUEST },
        },
      },
      async (request) =>
        consentToRequest(access, {
          requestId: request.params.id,
          by: await callerOf(request),
          verdict: request.body.verdict,
          note: request.body.note ?? null,
          platform: API_PLATFORM,
        }),
    );

    server.post(
      '/requests/:id/again',
      {
        schema: {
          summary: 'Ask once more for the same',
          tags: TAGS,
          params: ID_PATH,
          headers: REQUEST_HEADERS,
          response: { 201: REQUEST },
        },
      },
      async (request, reply) => {
        const key = request.headers['idempotency-key'] ?? randomUUID();
        const again = await requestAgain(access, {
          requestId: request.params.id,
          by: await callerOf(request),
          idempotencyKey: `${API_PLATFORM}:${key}`,
          origin: null,
        });
        return reply.code(201).send(again);
      },
    );
  };
}
