import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { findPerson, findWorkload } from '../../access/beneficiary.ts';
import { castVote } from '../../access/cast-vote.ts';
import { cancelRequest } from '../../access/close-request.ts';
import type { AccessContext } from '../../access/context.ts';
import { listPendingFor } from '../../access/list-pending.ts';
import { listRequests, readRequest } from '../../access/read-access.ts';
import { requestAccess } from '../../access/request-access.ts';
import { requestSeenBy } from '../../access/rights.ts';
import type { Identity } from '../../core/identity.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { ID_PATH, listOf } from '../schemas/fields.ts';
import {
  NEW_REQUEST_BODY,
  REQUEST,
  REQUEST_HEADERS,
  REQUESTS_QUERY,
  VOTE_ANSWER,
  VOTE_BODY,
} from '../schemas/requests.ts';
import { withoutUndefined } from '../without-undefined.ts';

const TAGS = ['requests'];
/** The name of this way in, beside the chat platforms', wherever a vote or a reveal says where it came from. */
export const API_PLATFORM = 'api';

/** /requests: asking, deciding, withdrawing. Any signed-in caller may read them. */
export function requestRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.post(
      '/requests',
      {
        schema: {
          summary: 'Ask for access',
          tags: TAGS,
          headers: REQUEST_HEADERS,
          body: NEW_REQUEST_BODY,
          response: { 201: REQUEST },
        },
      },
      async (request, reply) => {
        const requester = await callerOf(request);
        const { resource, role, duration, reason, ticket, incident } = request.body;
        const key = request.headers['idempotency-key'] ?? randomUUID();
        const made = await requestAccess(access, {
          requester,
          beneficiary: await beneficiaryOf(access, request.body),
          resource,
          role: role ?? null,
          durationMs: duration ?? null,
          reason,
          ticket: ticket ?? null,
          incident: incident ?? null,
          origin: null,
          idempotencyKey: `${API_PLATFORM}:${key}`,
        });
        return reply.code(201).send(made);
      },
    );

    server.get(
      '/requests',
      {
        schema: {
          summary: 'Requests',
          tags: TAGS,
          querystring: REQUESTS_QUERY,
          response: { 200: listOf(REQUEST) },
        },
      },
      async (request) => {
        const caller = await callerOf(request);
        const { mine, forMe, voted, limit, incident, ...named } = request.query;
        if (forMe === true)
          return { items: (await listPendingFor(access, { voter: caller })).slice(0, limit) };
        const requesterId = mine === true ? caller.id : undefined;
        const voterId = voted === true ? caller.id : undefined;
        const filter = { ...named, incident: incident?.replace(/^#/, ''), requesterId, voterId };
        const requests = await listRequests(access, { ...withoutUndefined(filter), limit });
        return { items: requests.map((one) => requestSeenBy(access, one, caller)) };
      },
    );

    server.get(
      '/requests/:id',
      { schema: { summary: 'One request', tags: TAGS, params: ID_PATH, response: { 200: REQUEST } } },
      async (request) => {
        const found = await readRequest(access, { id: request.params.id });
        return requestSeenBy(access, found, await callerOf(request));
      },
    );

    server.post(
      '/requests/:id/votes',
      {
        schema: {
          summary: 'Approve or deny',
          tags: TAGS,
          params: ID_PATH,
          body: VOTE_BODY,
          response: { 200: VOTE_ANSWER },
        },
      },
      async (request) => {
        const { verdict, duration, note } = request.body;
        return castVote(access, {
          requestId: request.params.id,
          voter: await callerOf(request),
          verdict,
          durationMs: duration ?? null,
          note: note ?? null,
          platform: API_PLATFORM,
        });
      },
    );

    server.post(
      '/requests/:id/cancel',
      { schema: { summary: 'Withdraw a request', tags: TAGS, params: ID_PATH, response: { 200: REQUEST } } },
      async (request) => cancelRequest(access, { requestId: request.params.id, by: await callerOf(request) }),
    );
  };
}

async function beneficiaryOf(
  access: AccessContext,
  { forUser, forWorkload }: z.output<typeof NEW_REQUEST_BODY>,
): Promise<Identity | null> {
  if (forUser !== undefined) return findPerson(access, { named: forUser });
  return forWorkload === undefined ? null : findWorkload(access, { named: forWorkload });
}
