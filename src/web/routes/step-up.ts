/**
 * /step-up: where a vote that needs a fresh sign-in is confirmed. The link sends the browser to sign in anew, shows
 * once more what is decided about, and casts the vote when its button is pressed.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { type FastifyPluginAsyncZod, validatorCompiler } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AccessContext } from '../../access/context.ts';
import { completeStepUp, isFreshFor, readStepUp } from '../../access/step-up/complete-step-up.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { sessionCookieName } from '../cookies.ts';
import { sendNotice } from '../notice-page.ts';
import type { BrowserSignIn } from '../ports.ts';
import { describeError, logError } from '../problems.ts';
import type { RateLimiter } from '../rate-limit.ts';
import { sendStepUpPage } from '../step-up-page.ts';
import { freshLoginPath } from './browser-sign-in.ts';

const PATH = '/step-up/:nonce';
const NONCE = z.object({ nonce: z.string().min(1).max(100) });
const DONE = {
  approved: 'The request is approved.',
  denied: 'The request is denied.',
  closed: 'The request was not granted: the policy in force does not give it any more. Its page says why.',
  recorded: 'Your vote is recorded. Others still have to decide.',
} as const;

export function stepUpRoutes(options: {
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
    // The form of the page has no fields: what it decides is known here.
    server.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 1_024 },
      (_request, _body, done) => done(null, {}),
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
      const asked = await readStepUp(access, { nonce, by: session.person });
      if (!isFreshFor(asked, { signedInAt: session.signedInAt, at: clock.now() })) {
        return reply.redirect(freshLoginPath(pathOf(nonce)));
      }
      return sendStepUpPage(reply, { asked, person: session.person, path: pathOf(nonce) });
    });

    server.post(PATH, { schema: { params: NONCE } }, async (request, reply) => {
      if (request.headers.origin !== new URL(publicUrl).origin) {
        throw new AppError('forbidden', 'This request did not come from a Sallyport page.');
      }
      const { nonce } = request.params;
      const session = await signedIn(request);
      if (session === null) return reply.redirect(freshLoginPath(pathOf(nonce)), 303);
      const { outcome, request: decided } = await completeStepUp(access, {
        nonce,
        by: session.person,
        signedInAt: session.signedInAt,
      });
      return sendNotice(reply, {
        status: 200,
        title: `${decided.id}: ${decided.role} on ${decided.resource}`,
        text: DONE[outcome],
        link: { path: `/requests/${decided.id}`, label: 'Show the request' },
      });
    });
  };
}

function pathOf(nonce: string): string {
  return `/step-up/${encodeURIComponent(nonce)}`;
}

/** Somebody looks at this with a browser: a page that says why, with a way on. */
function answerWithNotice(
  error: FastifyError | AppError,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const problem = describeError(error, request.id);
  logError(error, request, problem);
  const wayOn = isAppError(error, 'forbidden') || isAppError(error, 'step_up_required');
  sendNotice(reply, {
    status: problem.status,
    title: 'The vote was not cast',
    text: problem.detail,
    link: wayOn
      ? { path: freshLoginPath(request.url), label: 'Sign in again' }
      : { path: '/requests', label: 'Requests' },
  });
}
