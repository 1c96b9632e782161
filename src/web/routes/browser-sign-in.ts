import { type FastifyPluginAsyncZod, validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { cookieOptions, loginCookieName, sessionCookieName } from '../cookies.ts';
import { answerWithNotice } from '../error-notice.ts';
import { requireSameOrigin } from '../identify.ts';
import type { BrowserSignIn } from '../ports.ts';
import { answerError } from '../problems.ts';
import type { RateLimiter } from '../rate-limit.ts';

const LOGIN_PATH = '/auth/login';
const CALLBACK_PATH = '/auth/callback';
const QUERY_CHARACTERS_MAX = 2_000;
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

const LOGIN_QUERY = z.object({
  returnTo: z.string().max(QUERY_CHARACTERS_MAX).optional(),
  prompt: z.enum(['select_account', 'login']).optional(),
});
const CALLBACK_QUERY = z.object({ state: z.string().max(QUERY_CHARACTERS_MAX).default('') });

/** Where a page sends a browser that nobody has signed in with yet. */
export function loginPath(returnTo: string): string {
  return `${LOGIN_PATH}?${new URLSearchParams({ returnTo })}`;
}

/** Where somebody proves who they are anew. */
export function freshLoginPath(returnTo: string): string {
  return `${LOGIN_PATH}?${new URLSearchParams({ returnTo, prompt: 'login' })}`;
}

/** /auth: a browser leaves for the identity provider, comes back as somebody, and signs out again. */
export function browserSignInRoutes(options: {
  signIn: BrowserSignIn;
  limiter: RateLimiter;
  clock: Clock;
  publicUrl: string;
}): FastifyPluginAsyncZod {
  const { signIn, limiter, clock, publicUrl } = options;

  return async (server) => {
    server.setValidatorCompiler(validatorCompiler);
    server.addHook('onRequest', async (request, reply) => {
      limiter.take(`address ${request.ip}`, clock.now().getTime());
      reply.header('cache-control', 'no-store');
    });
    server.setErrorHandler(
      answerWithNotice({
        title: 'You are not signed in',
        link: () => ({ path: LOGIN_PATH, label: 'Sign in' }),
      }),
    );

    server.get(LOGIN_PATH, { schema: { querystring: LOGIN_QUERY } }, async (request, reply) => {
      if (isOtherLoopbackName(request.host, publicUrl)) {
        return reply.redirect(new URL(request.raw.url ?? LOGIN_PATH, publicUrl).href);
      }
      const begun = await signIn.begin({
        callbackUrl: new URL(CALLBACK_PATH, publicUrl),
        returnTo: request.query.returnTo ?? null,
        prompt: request.query.prompt ?? null,
      });
      return reply
        .setCookie(
          loginCookieName({ publicUrl, state: begun.state }),
          begun.sealed,
          cookieOptions({ publicUrl, maxAgeMs: begun.lastsMs }),
        )
        .redirect(begun.redirectTo);
    });

    server.get(CALLBACK_PATH, { schema: { querystring: CALLBACK_QUERY } }, async (request, reply) => {
      const cookieName = loginCookieName({ publicUrl, state: request.query.state });
      const finished = await signIn.finish({
        callback: new URL(request.raw.url ?? CALLBACK_PATH, publicUrl),
        sealed: request.cookies[cookieName] ?? null,
      });
      const maxAgeMs = finished.expiresAt.getTime() - clock.now().getTime();
      return reply
        .clearCookie(cookieName, cookieOptions({ publicUrl, maxAgeMs: 0 }))
        .setCookie(
          sessionCookieName(publicUrl),
          finished.cookie.reveal(),
          cookieOptions({ publicUrl, maxAgeMs }),
        )
        .redirect(finished.returnTo);
    });

    server.post('/auth/logout', { errorHandler: answerError }, async (request, reply) => {
      requireSameOrigin(request, publicUrl);
      const cookie = request.cookies[sessionCookieName(publicUrl)];
      if (cookie !== undefined) await signIn.signOut(cookie);
      return reply
        .clearCookie(sessionCookieName(publicUrl), cookieOptions({ publicUrl, maxAgeMs: 0 }))
        .code(204)
        .send();
    });
  };
}

/**
 * True for `localhost:7180` where the public address is `127.0.0.1:7180`: the provider sends people back
 * to the latter, and cookies do not cross hosts. Between other names a proxy may be at work: no redirect.
 */
function isOtherLoopbackName(host: string, publicUrl: string): boolean {
  const here = URL.parse(`http://${host}`);
  const ours = new URL(publicUrl);
  if (here === null || here.port !== ours.port || here.hostname === ours.hostname) return false;
  return LOOPBACK_NAMES.includes(here.hostname) && LOOPBACK_NAMES.includes(ours.hostname);
}
