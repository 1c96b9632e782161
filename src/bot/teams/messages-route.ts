/** `POST /teams/messages`: what Teams calls. Who calls is checked before anything is done. */
import type { FastifyPluginAsync } from 'fastify';
import type { TeamsAdapter } from './adapter.ts';
import type { Intake } from './intake.ts';

/** As it is entered at Microsoft, after the public address. */
export const MESSAGES_PATH = '/teams/messages';

/** A message has about 100 KB, a form what its fields have. */
const BODY_BYTES_MAX = 524_288;

export function messagesRoute(adapter: TeamsAdapter, intake: Pick<Intake, 'take'>): FastifyPluginAsync {
  // Encapsulated: what Teams sends is JSON, and other routes keep their parsers.
  return async (server) => {
    server.removeAllContentTypeParsers();
    server.addContentTypeParser(
      'application/json',
      { parseAs: 'string' },
      async (_request: unknown, body: string) => body,
    );
    server.post(MESSAGES_PATH, { bodyLimit: BODY_BYTES_MAX }, async (request, reply) => {
      const { authorization } = request.headers;
      const { status, body } = await adapter.admit(
        { authorization, body: readJson(request.body) },
        intake.take,
      );
      return reply.code(status).send(body);
    });
  };
}

/** @returns null for what is not JSON, which is no activity */
function readJson(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
