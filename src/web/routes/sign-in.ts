import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { AppError } from '../../core/errors.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { SIGN_IN } from '../schemas/sign-in.ts';

/** GET /auth: how a client signs in. The one thing besides the OpenAPI document that needs no login. */
export function signInRoutes({ signInFacts }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/auth',
      { schema: { summary: 'How to sign in', tags: ['identity'], security: [], response: { 200: SIGN_IN } } },
      async () => {
        const facts = signInFacts();
        if (facts === null) {
          throw new AppError(
            'not_found',
            'No identity provider is configured. Set identity.oidc in sallyport.yaml.',
          );
        }
        return facts;
      },
    );
  };
}
