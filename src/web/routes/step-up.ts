/**
 * /step-up: where a vote that needs a fresh sign-in is confirmed. The link sends the browser to sign in anew, shows
 * once more what is decided about, and casts the vote when its button is pressed.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AccessContext } from '../../access/context.ts';
import { completeStepUp, isFreshFor, readStepUp } from '../../access/step-up/complete-step-up.ts';
import { isAppError } from '../../core/errors.ts';
import { answerWithNotice } from '../error-notice.ts';
import { sendNotice } from '../notice-page.ts';
import {
  type PersonalPagesOptions,
  preparePersonalPages,
  readBrowserSignIn,
  requireOwnForm,
} from '../personal-pages.ts';
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

export function stepUpRoutes(
  options: Omit<PersonalPagesOptions, 'publicUrl'> & { readonly access: AccessContext },
): FastifyPluginAsyncZod {
  const { access, clock } = options;
  const pages = { ...options, publicUrl: access.settings.publicUrl };

  return async (server) => {
    preparePersonalPages(server, pages);
    server.setErrorHandler(onError);

    server.get(PATH, { schema: { params: NONCE } }, async (request, reply) => {
      const { nonce } = request.params;
      const session = await readBrowserSignIn(request, pages);
      if (session === null) return reply.redirect(freshLoginPath(pathOf(nonce)));
      const asked = await readStepUp(access, { nonce, by: session.person });
      if (!isFreshFor(asked, { signedInAt: session.signedInAt, at: clock.now() })) {
        return reply.redirect(freshLoginPath(pathOf(nonce)));
      }
      return sendStepUpPage(reply, { asked, person: session.person, path: pathOf(nonce) });
    });

    server.post(PATH, { schema: { params: NONCE } }, async (request, reply) => {
      requireOwnForm(request, pages);
      const { nonce } = request.params;
      const session = await readBrowserSignIn(request, pages);
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

const onError = answerWithNotice({
  title: 'The vote was not cast',
  link: (error, request) =>
    isAppError(error, 'forbidden') || isAppError(error, 'step_up_required')
      ? { path: freshLoginPath(request.url), label: 'Sign in again' }
      : { path: '/requests', label: 'Requests' },
});
