import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyPluginAsync,
  LogController,
} from 'fastify';
import { problemOf, sendProblem } from './problems.ts';

/** For the whole of a call to arrive. */
const REQUEST_TIMEOUT_MS = 30_000;

/** @returns a server with nothing but these routes, for a process without pages; not listening yet */
export function createPluginServer(options: {
  readonly logger: FastifyBaseLogger;
  readonly plugins: readonly FastifyPluginAsync[];
}): FastifyInstance {
  const server: FastifyInstance = Fastify({
    loggerInstance: options.logger,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
  });
  server.setNotFoundHandler((_request, reply) => {
    sendProblem(reply, problemOf('not_found', 'There is nothing here.'));
  });
  for (const plugin of options.plugins) server.register(plugin);
  return server;
}
