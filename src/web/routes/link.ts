/**
 * /link: where a chat account is linked to a person. The link sends the browser to sign in anew, says in large
 * letters whose account it is, and takes the code that only this account is shown in chat.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { type FastifyPluginAsyncZod, validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AccessContext } from '../../access/context.ts';
import { completeLink, openLink } from '../../access/linking/complete-link.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { sessionCookieName } from '../cookies.ts';
import { sendLinkPage } from '../link-page.ts';
import { sendNotice } from '../notice-page.ts';
import type { BrowserSignIn } from '../ports.ts';
import { describeError, logError } from '../problems.ts';
import type { RateLimiter } from '../rate-limit.ts';
import { freshLoginPath } from './browser-sign-in.ts';

const PATH = '/link/:nonce';
const NONCE = z.object({ nonce: z.string().min(1).max(100) });
const CODE = z.object({ code: z.string().min(1).max(20) });
const BODY_BYTES_MAX = 1_024;

export function linkRoutes(options: {
  access: AccessContext;
  signIn: BrowserSignIn;
  limiter: RateLimiter;
  clock: Clock;
}): FastifyPluginAsyncZod {
  const { access, signIn, limiter, clock } = options;
  const { publicUrl } = access.settings;
  const signedIn = async (request: FastifyRequest) => {
    const cookie = request.cookies[sessionCookieName(publicUrl)];
    return cookie === undefined ? null : signIn.readSignIn(cookie);
  };

  return async (server) => {
    server.setValidatorCompiler(validatorCompiler);
    server.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: BODY_BYTES_MAX },
      (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    server.addHook('onRequest', async (request, reply) => {
      limiter.take(`address ${request.ip}`, clock.now().getTime());
      reply.header('cache-control', 'no-store');
    });
    server.setErrorHandler(answerWithNotice);

    server.get(PATH, { schema: { params: NONCE } }, async (request, reply) => {
      const { nonce } = request.params;
      const session = await signedIn(request);
      if (session === null) return reply.redirect(freshLoginPath(pathOf(nonce)));
      const { person, signedInAt } = session;
      try {
        const link = await openLink(access, { nonce, by: person, signedInAt });
        return sendLinkPage(reply, { link, person, path: pathOf(nonce), problem: null });
      } catch (error) {
        if (isAppError(error, 'step_up_required')) return reply.redirect(freshLoginPath(pathOf(nonce)));
        throw error;
      }
    });

    server.post(PATH, { schema: { params: NONCE, body: CODE } }, async (request, reply) => {
      if (request.headers.origin !== new URL(publicUrl).origin) {
        throw new AppError('forbidden', 'This request did not come from a Sallyport page.');
      }
      const { nonce } = request.params;
      const session = await signedIn(request);
      if (session === null) return reply.redirect(freshLoginPath(pathOf(nonce)), 303);
      const { person, signedInAt } = session;
      try {
        const { code } = request.body;
        const linked = await completeLink(access, { nonce, by: person, signedInAt, code });
        return sendNotice(reply, {
          status: 200,
          title: 'The account is linked',
          text: `${linked.account.accountName} in ${linked.account.tenantName} acts as ${linked.person.name} from now on. You can close this page.`,
          link: { path: '/requests', label: 'Requests' },
        });
      } catch (error) {
        if (!isAppError(error, 'invalid_input')) throw error;
        const link = await openLink(access, { nonce, by: person, signedInAt });
        return sendLinkPage(reply, { link, person, path: pathOf(nonce), problem: error.message });
      }
    });
  };
}

function pathOf(nonce: string): string {
  return `/link/${encodeURIComponent(nonce)}`;
}

/** Somebody looks at this with a browser: a page that says why, with a way on. */
function answerWithNotice(
  error: FastifyError | AppError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const problem = describeError(error, request.id);
  logError(error, request, problem);
  sendNotice(reply, {
    status: problem.status,
    title: 'The account was not linked',
    text: problem.detail,
    link: isAppError(error, 'step_up_required')
      ? { path: freshLoginPath(request.url), label: 'Sign in again' }
      : { path: '/requests', label: 'Requests' },
  });
}
