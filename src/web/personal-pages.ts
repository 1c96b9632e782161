/**
 * What pages behind a link for one person have in common: whoever opens it signs in anew, sees what it is about, and
 * confirms it with a form of that page. Nothing of it is stored by browsers or proxies.
 */
import type { FastifyRequest } from 'fastify';
import { type FastifyPluginAsyncZod, validatorCompiler } from 'fastify-type-provider-zod';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { sessionCookieName } from './cookies.ts';
import type { BrowserSignIn } from './ports.ts';
import type { RateLimiter } from './rate-limit.ts';

const FORM_BYTES_MAX = 1_024;

export interface PersonalPagesOptions {
  readonly publicUrl: string;
  readonly signIn: BrowserSignIn;
  readonly limiter: RateLimiter;
  readonly clock: Clock;
}

/** Sets up the plugin that its routes are registered in. */
export function preparePersonalPages(
  server: Parameters<FastifyPluginAsyncZod>[0],
  { limiter, clock }: PersonalPagesOptions,
): void {
  server.setValidatorCompiler(validatorCompiler);
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_BYTES_MAX },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  server.addHook('onRequest', async (request, reply) => {
    limiter.take(`address ${request.ip}`, clock.now().getTime());
    reply.header('cache-control', 'no-store');
  });
}

/** @returns who is signed in and since when, or null */
export async function readBrowserSignIn(
  request: FastifyRequest,
  { publicUrl, signIn }: PersonalPagesOptions,
): ReturnType<BrowserSignIn['readSignIn']> {
  const cookie = request.cookies[sessionCookieName(publicUrl)];
  return cookie === undefined ? null : signIn.readSignIn(cookie);
}

/** @throws AppError `forbidden` for a form that another site sent */
export function requireOwnForm(request: FastifyRequest, { publicUrl }: PersonalPagesOptions): void {
  if (request.headers.origin !== new URL(publicUrl).origin) {
    throw new AppError('forbidden', 'This request did not come from a Sallyport page.');
  }
}
