/**
 * U+0000 is the one character that PostgreSQL cannot store as text, and nobody types it: input that has
 * it is refused for every route at once, before it becomes a failed query.
 */
import type { FastifyRequest } from 'fastify';
import { AppError } from '../core/errors.ts';

const NULL_CHARACTER = '\0';

/** @throws AppError `invalid_input` when the path's parameters, the query or the body hold the character */
export function refuseNullCharacters(request: Pick<FastifyRequest, 'params' | 'query' | 'body'>): void {
  // Not recursive: a body may nest deeper than the stack is.
  const waiting: unknown[] = [request.params, request.query, request.body];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === 'string' && value.includes(NULL_CHARACTER)) {
      throw new AppError('invalid_input', 'The input holds a null character (U+0000).');
    }
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, inner] of Object.entries(value)) waiting.push(name, inner);
  }
}
