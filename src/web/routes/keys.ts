import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { ApiDependencies } from '../api-dependencies.ts';

/** GET /keys/signing: the public key that `sallyport verify` checks recordings against. */
export function keyRoutes({ recording }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/keys/signing',
      {
        schema: {
          summary: 'The public key that signs recordings',
          tags: ['sessions'],
          response: {
            200: { description: 'PEM', content: { 'application/x-pem-file': { schema: z.string() } } },
          },
        },
      },
      async (_request, reply) => reply.type('application/x-pem-file').send(recording.keys.publicKeyPem),
    );
  };
}
