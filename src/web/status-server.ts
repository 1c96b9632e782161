import Fastify, { type FastifyInstance } from 'fastify';
import type { Metric } from './metrics.ts';
import { healthRoutes } from './routes/health.ts';

/** @returns a server with `/healthz`, `/readyz` and `/metrics` alone, not listening yet */
export function createStatusServer(options: {
  readonly ready: () => Promise<readonly string[]>;
  readonly metrics: () => Promise<readonly Metric[]>;
}): FastifyInstance {
  const server = Fastify({ logger: false, forceCloseConnections: true });
  server.register(healthRoutes(options));
  return server;
}
