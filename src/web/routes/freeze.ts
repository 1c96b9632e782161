import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { FREEZE_TOKEN, freeze, isFreezeToken, readFreeze, unfreeze } from '../../access/freeze.ts';
import { messageOf } from '../../core/errors.ts';
import type { ApiDependencies } from '../api-dependencies.ts';
import { RateLimiter } from '../rate-limit.ts';
import { FREEZE, FREEZE_BODY, FREEZE_QUERY, UNFREEZE_BODY } from '../schemas/freeze.ts';

const TAGS = ['freeze'];
const BEARER = /^Bearer +(\S{1,1024})$/i;
/**
 * A freeze is asked for once, or a few times by an alert that goes on: enough for that, and nothing for guessing.
 * Nobody's attempts are counted apart: behind a proxy all have one address, and whoever may freeze must get through.
 */
const ATTEMPTS = { burst: 10, perSecond: 0.5, callersMax: 10_000 } as const;
const REASON_OF_ALERT = 'an alert asked for it and named no reason';

/** POST /freeze: also for an alerting system, which has a token for this and for nothing else. */
export function freezingRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  const attempts = new RateLimiter(ATTEMPTS);
  return async (server) => {
    server.post(
      '/freeze',
      {
        schema: {
          summary: 'Stop everything from being granted',
          description:
            'For members of the groups in `freeze` and `oversight`, and for the bearer of the token of `freeze`. Freezing what is frozen changes nothing.',
          tags: TAGS,
          querystring: FREEZE_QUERY,
          body: FREEZE_BODY,
          response: { 200: FREEZE },
        },
      },
      async (request) => {
        const count = (caller: string): void => attempts.take(caller, access.clock.now().getTime());
        const reason = request.body?.reason ?? request.query.because;
        if (isAlert(access, request)) {
          count('token');
          return freeze(access, { by: FREEZE_TOKEN, reason: reason ?? REASON_OF_ALERT });
        }
        const by = await callerOf(request).catch((error: unknown) => {
          count(`address ${request.ip}`);
          throw error;
        });
        count(`identity ${by.id}`);
        return freeze(access, { by, reason: reason ?? '' });
      },
    );
  };
}

/** /freeze and /unfreeze, for people who are signed in. */
export function freezeRoutes({ access, callerOf }: ApiDependencies): FastifyPluginAsyncZod {
  return async (server) => {
    server.get(
      '/freeze',
      {
        schema: {
          summary: 'Whether anything is granted at the moment',
          tags: TAGS,
          response: { 200: FREEZE },
        },
      },
      async () => readFreeze(access),
    );

    server.post(
      '/unfreeze',
      { schema: { summary: 'Lift the freeze', tags: TAGS, body: UNFREEZE_BODY, response: { 200: FREEZE } } },
      async (request) => unfreeze(access, { by: await callerOf(request), reason: request.body.reason }),
    );
  };
}

/** A token that is configured wrongly is nobody's; people who are signed in must be able to freeze all the same. */
function isAlert(access: ApiDependencies['access'], request: FastifyRequest): boolean {
  const token = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) return false;
  try {
    return isFreezeToken(access, token);
  } catch (error) {
    request.log.error({ problem: messageOf(error) }, 'the token of `freeze` cannot be used');
    return false;
  }
}
