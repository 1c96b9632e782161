/**
 * Errors as `application/problem+json` (RFC 9457) with a stable `code`. Whatever is not an `AppError`
 * answers 500 `internal` and says nothing more: the log holds the cause, under the request's id.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { AppError, type ErrorCode } from '../core/errors.ts';
import type { Problem } from './wire.ts';

const STATUS: Readonly<Record<ErrorCode, { status: number; title: string }>> = {
  invalid_input: { status: 400, title: 'The input is not valid' },
  config_invalid: { status: 500, title: 'The configuration is not valid' },
  not_available_yet: { status: 501, title: 'Not available yet' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  forbidden: { status: 403, title: 'Not allowed' },
  step_up_required: { status: 403, title: 'Sign in again for this' },
  not_found: { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'Not possible in this state' },
  frozen: { status: 409, title: 'Nothing is granted at the moment' },
  gone: { status: 410, title: 'No longer there' },
  too_large: { status: 413, title: 'Too large' },
  rate_limited: { status: 429, title: 'Too many requests' },
  unavailable: { status: 503, title: 'Unavailable for the moment' },
  recording_failed: { status: 503, title: 'The recording failed' },
  upstream_failed: { status: 502, title: 'The target failed' },
  internal: { status: 500, title: 'Something went wrong' },
};

/** What Fastify itself refuses before a route runs, by its status. */
const CODE_OF_REFUSAL: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_input',
  403: 'forbidden',
  404: 'not_found',
  405: 'invalid_input',
  413: 'too_large',
  414: 'too_large',
  415: 'invalid_input',
  503: 'unavailable',
};

const ISSUES_SHOWN_MAX = 10;

/** The problem that describes an error's code. `detail` is what the person is told. */
export function problemOf(code: ErrorCode, detail: string): Problem {
  const { status, title } = STATUS[code];
  return { type: `urn:sallyport:problem:${code}`, title, status, detail, code };
}

/** What may be told of anything thrown while a request was handled. */
export function describeError(error: FastifyError | AppError, requestId: string): Problem {
  if (error instanceof AppError) {
    if (error.code === 'internal') return internalProblem(requestId);
    const { url } = error.context;
    const problem = problemOf(error.code, error.message);
    return error.code === 'step_up_required' && typeof url === 'string' ? { ...problem, url } : problem;
  }
  if (hasZodFastifySchemaValidationErrors(error)) {
    const issues = error.validation.slice(0, ISSUES_SHOWN_MAX);
    const lines = issues.map((issue) => `${fieldOf(issue.instancePath)}: ${issue.message}`);
    return problemOf('invalid_input', lines.join('; '));
  }
  const refusal = error.statusCode === undefined ? undefined : CODE_OF_REFUSAL[error.statusCode];
  return refusal === undefined ? internalProblem(requestId) : problemOf(refusal, error.message);
}

function internalProblem(requestId: string): Problem {
  return problemOf('internal', `The server's log has the cause under ${requestId}.`);
}

/** `/reason` is what the validator says; people read `reason`. */
function fieldOf(instancePath: string): string {
  return instancePath.slice(1).replaceAll('/', '.') || 'body';
}

/** Fastify's error handler for everything that answers JSON. */
export function answerError(
  error: FastifyError | AppError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const problem = describeError(error, request.id);
  logError(error, request, problem);
  if (problem.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer');
  if (error instanceof AppError && typeof error.context['retryAfterSeconds'] === 'number') {
    reply.header('retry-after', error.context['retryAfterSeconds']);
  }
  sendProblem(reply, problem);
}

/** A refusal is the caller's business; only our own faults belong in the log as errors. */
export function logError(error: FastifyError | AppError, request: FastifyRequest, problem: Problem): void {
  if (problem.status >= 500) request.log.error({ err: error }, 'request failed');
  else request.log.debug({ code: problem.code }, 'request refused');
}

export function sendProblem(reply: FastifyReply, problem: Problem): void {
  // A string goes past the route's response schema, which describes its successes.
  reply.code(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}
