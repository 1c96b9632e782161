import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { breakGlass } from '../../access/break-glass.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { REQUEST, REQUEST_BODY, REQUEST_HEADERS } from '../schemas/requests.ts';
import { API_PLATFORM } from './requests.ts';

/** POST /break-glass: access at once, announced to everybody and reviewed afterwards. */
export function breakGlassRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.post(
      '/break-glass',
      {
        schema: {
          summary: 'Take access in an emergency',
          description: 'Granted at once where a policy has `breakGlass`, announced, and reviewed afterwards.',
          tags: ['requests'],
          headers: REQUEST_HEADERS,
          body: REQUEST_BODY,
          response: { 201: REQUEST },
        },
      },
      async (request, reply) => {
        const { resource, role, duration, reason, ticket, incident } = request.body;
        const key = request.headers['idempotency-key'] ?? randomUUID();
        const taken = await breakGlass(access, {
          requester: await callerOf(request),
          resource,
          role: role ?? null,
          durationMs: duration ?? null,
          reason,
          ticket: ticket ?? null,
          incident: incident ?? null,
          origin: null,
          idempotencyKey: `${API_PLATFORM}:${key}`,
        });
        return reply.code(201).send(taken);
      },
    );
  };
}
