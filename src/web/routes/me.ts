import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Identity } from '../../core/identity.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { ME } from '../schemas/parties.ts';
import type { Me } from '../wire.ts';

/** GET /me: who the caller is, as Sallyport sees it. */
export function meRoutes({ callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/me',
      { schema: { summary: 'Who you are', tags: ['identity'], response: { 200: ME } } },
      async (request) => toMe(await callerOf(request)),
    );
  };
}

function toMe(identity: Identity): Me {
  const { id, kind, name } = identity;
  return identity.kind === 'person'
    ? { id, kind, name, email: identity.email, groups: identity.groups }
    : { id, kind, name, email: identity.ownerEmail, groups: [] };
}
