import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { readKeyring, rotateKeys } from '../../access/keys/rotate-keys.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { KEYRING, ROTATED_KEYRING, ROTATION_BODY } from '../schemas/keyring.ts';

const TAGS = ['keyring'];

/** /keyring: the deployment's own keys, for overseers. No key is ever in an answer. */
export function keyringRoutes({ access, callerOf, keyring }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/keyring',
      {
        schema: {
          summary: 'The root keys and the signing keys of this deployment, by name',
          tags: TAGS,
          response: { 200: KEYRING },
        },
      },
      async (request) => readKeyring(access, { keyring, viewer: await callerOf(request) }),
    );

    server.post(
      '/keyring/rotate',
      {
        schema: {
          summary: 'A new root key, or a new signing key that the one before endorses',
          description:
            'For overseers. A new root key also wraps all of them with what the server is configured for.',
          tags: TAGS,
          body: ROTATION_BODY,
          response: { 200: ROTATED_KEYRING },
        },
      },
      async (request) => rotateKeys(access, { keyring, ...request.body, by: await callerOf(request) }),
    );
  };
}
