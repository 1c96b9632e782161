import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';

/**
 * What an unsafe request must bring when a cookie may have signed it: a header that other origins cannot
 * set without asking first, and an Origin that is ours. A bearer token is proof enough by itself, since
 * no browser adds one unasked.
 * @throws AppError `forbidden`
 */
export function requireOwnPage(request: FastifyRequest, publicUrl: string): void {
  if (request.headers.authorization !== undefined) return;
  const sameOrigin = request.headers.origin === new URL(publicUrl).origin;
  if (request.headers['x-sallyport-csrf'] !== '1' || !sameOrigin) {
    throw new AppError('forbidden', 'This request did not come from a Sallyport page.');
  }
}
