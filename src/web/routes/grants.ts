import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { finishGrant, revokeGrant } from '../../access/end-grant.ts';
import { listGrants, readGrant } from '../../access/read-access.ts';
import { requestExtension } from '../../access/request-extension.ts';
import { revealConnection } from '../../access/reveal-connection.ts';
import { grantSeenBy } from '../../access/rights.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { ID_PATH, listOf } from '../schemas/fields.ts';
import { EXTEND_BODY, GRANT, GRANTS_QUERY, REVEALED_CONNECTION, REVOKE_BODY } from '../schemas/grants.ts';
import { REQUEST, REQUEST_HEADERS } from '../schemas/requests.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { API_PLATFORM } from './requests.ts';

const TAGS = ['grants'];

/** /grants: what was granted, its secret for the holder alone, and ending it early. */
export function grantRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/grants',
      {
        schema: {
          summary: 'Grants',
          tags: TAGS,
          querystring: GRANTS_QUERY,
          response: { 200: listOf(GRANT) },
        },
      },
      async (request) => {
        const caller = await callerOf(request);
        const { mine, live, limit } = request.query;
        const holderId = mine === true ? caller.id : undefined;
        const grants = await listGrants(access, { ...withoutUndefined({ holderId, live }), limit });
        return { items: grants.map((grant) => grantSeenBy(access, grant, caller)) };
      },
    );

    server.get(
      '/grants/:id',
      { schema: { summary: 'One grant', tags: TAGS, params: ID_PATH, response: { 200: GRANT } } },
      async (request) => {
        const grant = await readGrant(access, { id: request.params.id });
        return grantSeenBy(access, grant, await callerOf(request));
      },
    );

    server.post(
      '/grants/:id/done',
      {
        schema: { summary: 'Give a grant back early', tags: TAGS, params: ID_PATH, response: { 200: GRANT } },
      },
      async (request) => finishGrant(access, { grantId: request.params.id, by: await callerOf(request) }),
    );

    server.post(
      '/grants/:id/extend',
      {
        schema: {
          summary: 'Ask for more time; sessions stay connected',
          tags: TAGS,
          params: ID_PATH,
          headers: REQUEST_HEADERS,
          body: EXTEND_BODY,
          response: { 201: REQUEST },
        },
      },
      async (request, reply) => {
        const { by: byMs, reason } = request.body;
        const key = request.headers['idempotency-key'] ?? randomUUID();
        const asked = await requestExtension(access, {
          grantId: request.params.id,
          by: await callerOf(request),
          byMs,
          reason,
          origin: null,
          idempotencyKey: `${API_PLATFORM}:${key}`,
        });
        return reply.code(201).send(asked);
      },
    );

    server.post(
      '/grants/:id/revoke',
      {
        schema: {
          summary: 'Take a grant away',
          tags: TAGS,
          params: ID_PATH,
          body: REVOKE_BODY,
          response: { 200: GRANT },
        },
      },
      async (request) =>
        revokeGrant(access, {
          grantId: request.params.id,
          by: await callerOf(request),
          reason: request.body.reason,
        }),
    );

    server.post(
      '/grants/:id/reveal',
      {
        schema: {
          summary: 'Reveal the connection to its holder',
          description: 'Makes a new secret; the one before stops working for new connections.',
          tags: TAGS,
          params: ID_PATH,
          response: { 200: REVEALED_CONNECTION },
        },
      },
      async (request) =>
        revealConnection(access, {
          grantId: request.params.id,
          by: await callerOf(request),
          platform: API_PLATFORM,
        }),
    );
  };
}
