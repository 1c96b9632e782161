import type { FastifyPluginAsync } from 'fastify';
import { messageOf } from '../../core/errors.ts';
import { METRICS_CONTENT_TYPE, type Metric, renderMetrics } from '../metrics.ts';

const READY_WITHIN_MS = 2_000;

/** /healthz: the process runs. /readyz: it can do its work. /metrics: Prometheus. None needs a login. */
export function healthRoutes(options: {
  /** Why the process cannot do its work now; empty when it can. */
  ready: () => Promise<readonly string[]>;
  metrics: () => Promise<readonly Metric[]>;
}): FastifyPluginAsync {
  return async (server) => {
    server.get('/healthz', async () => ({ status: 'ok' }));

    server.get('/readyz', async (_request, reply) => {
      const reasons = await reasonsAgainst(options.ready);
      return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons });
    });

    server.get('/metrics', async (_request, reply) =>
      reply.type(METRICS_CONTENT_TYPE).send(renderMetrics(await options.metrics())),
    );
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
