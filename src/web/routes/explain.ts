import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { explainRequest } from '../../access/explain-request.ts';
import { whoIsOnCall } from '../../access/who-is-on-call.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { EXPLAIN_BODY, EXPLAINED_REQUEST, ON_CALL } from '../schemas/explain.ts';
import { ID_PATH, listOf } from '../schemas/fields.ts';
import { POLICY_BODY_BYTES_MAX } from '../schemas/policy.ts';

const TAGS = ['policy'];

/** What the policy would say, and whom it would ask. */
export function explainRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.post(
      '/policy/explain',
      {
        bodyLimit: POLICY_BODY_BYTES_MAX,
        schema: {
          summary: 'Why somebody may have something, or may not: every access policy in words',
          tags: TAGS,
          body: EXPLAIN_BODY,
          response: { 200: EXPLAINED_REQUEST },
        },
      },
      async (request) => {
        const { user, role, duration, ticket, incident, document, ...asked } = request.body;
        return explainRequest(access, {
          ...asked,
          by: await callerOf(request),
          user: user ?? null,
          role: role ?? null,
          durationMs: duration ?? null,
          ticket: ticket ?? null,
          incident: incident ?? null,
          document: document ?? null,
        });
      },
    );

    server.get(
      '/resources/:id/on-call',
      {
        schema: {
          summary: 'Who is on call now, for what access to this resource asks of people on call',
          tags: TAGS,
          params: ID_PATH,
          response: { 200: listOf(ON_CALL) },
        },
      },
      async (request) => ({ items: await whoIsOnCall(access, { resource: request.params.id }) }),
    );
  };
}
