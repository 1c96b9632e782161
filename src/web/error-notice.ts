/** How a page for people says that it could not be had: with why, and a way on, instead of JSON. */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { AppError } from '../core/errors.ts';
import { type Notice, sendNotice } from './notice-page.ts';
import { describeError, logError } from './problems.ts';

/**
 * @param options.title the problem's own when left out
 * @returns a handler for `setErrorHandler`, which logs the error as well
 */
export function answerWithNotice(options: {
  readonly title?: string;
  readonly link: (error: FastifyError | AppError, request: FastifyRequest) => Notice['link'];
}): (error: FastifyError | AppError, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    const problem = describeError(error, request.id);
    logError(error, request, problem);
    const title = options.title ?? problem.title;
    sendNotice(reply, {
      status: problem.status,
      title,
      text: problem.detail,
      link: options.link(error, request),
    });
  };
}
