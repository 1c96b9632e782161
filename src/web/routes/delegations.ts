import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { acceptDelegation } from '../../access/accept-delegation.ts';
import { findPerson } from '../../access/beneficiary.ts';
import { delegateVotes, endDelegation, listDelegations } from '../../access/delegate-votes.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { DELEGATION, DELEGATION_BODY } from '../schemas/delegations.ts';
import { ID_PATH, listOf } from '../schemas/fields.ts';

const TAGS = ['delegations'];

/** /delegations: who decides in whose place, for a while. */
export function delegationRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.post(
      '/delegations',
      {
        schema: {
          summary: 'Ask somebody to decide in your place',
          description:
            'It takes effect when they accept it. One to the same person takes the place of the one before.',
          tags: TAGS,
          body: DELEGATION_BODY,
          response: { 201: DELEGATION },
        },
      },
      async (request, reply) => {
        const from = await callerOf(request);
        const to = await findPerson(access, { named: request.body.to });
        const made = await delegateVotes(access, { from, toId: to.id, until: request.body.until });
        return reply.code(201).send(made);
      },
    );

    server.get(
      '/delegations',
      {
        schema: {
          summary: 'Who decides in your place, and in whose place you do',
          tags: TAGS,
          response: { 200: listOf(DELEGATION) },
        },
      },
      async (request) => ({ items: await listDelegations(access, { of: await callerOf(request) }) }),
    );

    server.post(
      '/delegations/:id/accept',
      {
        schema: {
          summary: 'Accept to decide in the place of who asks',
          tags: TAGS,
          params: ID_PATH,
          response: { 200: DELEGATION },
        },
      },
      async (request) => acceptDelegation(access, { id: request.params.id, by: await callerOf(request) }),
    );

    server.post(
      '/delegations/:id/end',
      {
        schema: {
          summary: 'End a delegation, or decline it',
          tags: TAGS,
          params: ID_PATH,
          response: { 200: DELEGATION },
        },
      },
      async (request) => endDelegation(access, { id: request.params.id, by: await callerOf(request) }),
    );
  };
}
