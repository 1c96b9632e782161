import type { FastifyPluginAsync } from 'fastify';
import { messageOf } from '../../core/errors.ts';
import { METRICS_CONTENT_TYPE, type Metric, renderMetrics } from '../metrics.ts';

const READY_WITHIN_MS = 2_000;

/**
 * /healthz: the process runs. /readyz: it can do its work. /metrics: Prometheus. None needs a login, so
 * however many ask at once, the database is asked once.
 */
export function healthRoutes(options: {
  /** Why the process cannot do its work now; empty when it can. */
  ready: () => Promise<readonly string[]>;
  metrics: () => Promise<readonly Metric[]>;
}): FastifyPluginAsync {
  const reasons = shared(() => reasonsAgainst(options.ready));
  const metrics = shared(options.metrics);

  return async (server) => {
    server.get('/healthz', async () => ({ status: 'ok' }));

    server.get('/readyz', async (_request, reply) => {
      const against = await reasons();
      return reply
        .code(against.length === 0 ? 200 : 503)
        .send({ ready: against.length === 0, reasons: against });
    });

    server.get('/metrics', async (_request, reply) =>
      reply.type(METRICS_CONTENT_TYPE).send(renderMetrics(await metrics())),
    );
  };
}

/** Whoever asks while an answer is on its way gets that answer. */
function shared<Answer>(look: () => Promise<Answer>): () => Promise<Answer> {
  let underWay: Promise<Answer> | null = null;
  return () => {
    underWay ??= look().finally(() => {
      underWay = null;
    });
    return underWay;
  };
}

/** A check that fails or does not answer in time is a reason like any other. */
async function reasonsAgainst(ready: () => Promise<readonly string[]>): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(() => resolve([`no answer within ${READY_WITHIN_MS} ms`]), READY_WITHIN_MS);
  });
  try {
    return await Promise.race([ready(), timeout]);
  } catch (error) {
    return [messageOf(error)];
  } finally {
    clearTimeout(timer);
  }
}
