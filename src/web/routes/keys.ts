import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listKeys, registerKey, removeKey } from '../../access/ssh-keys.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { ID_PATH, listOf } from '../schemas/fields.ts';
import { SSH_KEY, SSH_KEY_BODY } from '../schemas/ssh-keys.ts';

const TAGS = ['keys'];

/** /keys: the caller's public keys for SSH; /keys/signing: what `sallyport verify` checks recordings against. */
export function keyRoutes({ access, callerOf, recording }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/keys/signing',
      {
        schema: {
          summary: 'The public keys that sign recordings: the first, and those that followed',
          tags: ['sessions'],
          response: {
            200: { description: 'PEM', content: { 'application/x-pem-file': { schema: z.string() } } },
          },
        },
      },
      async (_request, reply) => reply.type('application/x-pem-file').send(recording.keys.publicKeyPem),
    );

    server.get(
      '/keys',
      { schema: { summary: 'Your public keys for SSH', tags: TAGS, response: { 200: listOf(SSH_KEY) } } },
      async (request) => ({ items: [...(await listKeys(access, { by: await callerOf(request) }))] }),
    );

    server.post(
      '/keys',
      {
        schema: {
          summary: 'Register a public key: whoever holds its private half logs in to hosts as you',
          tags: TAGS,
          body: SSH_KEY_BODY,
          response: { 201: SSH_KEY },
        },
      },
      async (request, reply) => {
        const { key: line, label = null } = request.body;
        const made = await registerKey(access, { line, label, by: await callerOf(request) });
        return reply.code(201).send(made);
      },
    );

    server.post(
      '/keys/:id/remove',
      {
        schema: { summary: 'Remove a key of yours', tags: TAGS, params: ID_PATH, response: { 200: SSH_KEY } },
      },
      async (request) => removeKey(access, { id: request.params.id, by: await callerOf(request) }),
    );
  };
}
