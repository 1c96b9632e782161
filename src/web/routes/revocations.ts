import { PassThrough } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { type RevocationScope, revokeMany } from '../../access/revoke-many.ts';
import { messageOf } from '../../core/errors.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { problemOf } from '../problems.ts';
import { REVOCATION_BODY, REVOCATION_LINE, type RevocationLine } from '../schemas/revocations.ts';

const JSON_LINES_TYPE = 'application/x-ndjson';
/** Thousands of grants, to a caller who reads slowly. */
const ANSWER_TIMEOUT_MS = 600_000;

/** POST /revocations: takes away many grants at once, and says so of each as it happens. */
export function revocationRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.post(
      '/revocations',
      {
        handlerTimeout: ANSWER_TIMEOUT_MS,
        schema: {
          summary: 'Take away every live grant of a person, on a resource, or there is',
          description:
            'For members of the groups in `oversight`. Requests that are open are closed with the reason, and commands that wait are withdrawn. Answers JSON lines: each request as it is closed, each grant as it is revoked, then how many there were. It goes on when the caller goes away.',
          tags: ['grants'],
          body: REVOCATION_BODY,
          response: {
            200: { description: 'JSON lines', content: { [JSON_LINES_TYPE]: { schema: z.any() } } },
          },
        },
      },
      async (request, reply) => {
        const { reason } = request.body;
        const lines = new PassThrough();
        lines.on('error', () => undefined);
        const write = (line: RevocationLine): void => {
          if (lines.writable) lines.write(`${JSON.stringify(z.encode(REVOCATION_LINE, line))}\n`);
        };
        const begun = Promise.withResolvers<void>();
        const by = await callerOf(request);
        revokeMany(access, {
          by,
          what: scopeOf(request.body),
          reason,
          onProgress: ({ revoked, closed, left }) => {
            for (const one of closed) write({ closed: one });
            for (const grant of revoked) write({ revoked: grant, left });
            begun.resolve();
          },
        })
          .then(
            ({ grants, requests, commands }) => {
              write({
                total: grants.length,
                closedRequests: requests.length,
                withdrawnCommands: commands,
              });
              begun.resolve();
            },
            (error: unknown) => {
              request.log.error({ problem: messageOf(error) }, 'revoking many grants stopped');
              write({ problem: problemOf('internal', 'It stopped before the end. Ask again for the rest.') });
              begun.reject(error);
            },
          )
          .finally(() => lines.end());
        // A refusal is answered as one; afterwards the status is sent, and only a line can tell.
        await begun.promise;
        return reply.type(JSON_LINES_TYPE).send(lines);
      },
    );
  };
}

function scopeOf(body: z.output<typeof REVOCATION_BODY>): RevocationScope {
  if ('person' in body) return { kind: 'person', personId: body.person };
  if ('resource' in body) return { kind: 'resource', resource: body.resource };
  return { kind: 'everything' };
}
