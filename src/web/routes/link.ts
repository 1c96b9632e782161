/**
 * /link: where a chat account is linked to a person. The link sends the browser to sign in anew, says in large
 * letters whose account it is, and takes the code that only this account is shown in chat.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AccessContext } from '../../access/context.ts';
import { completeLink, openLink } from '../../access/linking/complete-link.ts';
import { isAppError } from '../../core/errors.ts';
import { answerWithNotice } from '../error-notice.ts';
import { sendLinkPage } from '../link-page.ts';
import { sendNotice } from '../notice-page.ts';
import {
  type PersonalPagesOptions,
  preparePersonalPages,
  readBrowserSignIn,
  requireOwnForm,
} from '../personal-pages.ts';
import { freshLoginPath } from './browser-sign-in.ts';

const PATH = '/link/:nonce';
const NONCE = z.object({ nonce: z.string().min(1).max(100) });
const CODE = z.object({ code: z.string().min(1).max(20) });

export function linkRoutes(
  options: Omit<PersonalPagesOptions, 'publicUrl'> & { readonly access: AccessContext },
): FastifyPluginAsyncZod {
  const { access } = options;
  const pages = { ...options, publicUrl: access.settings.publicUrl };

  return async (server) => {
    preparePersonalPages(server, pages);
    server.setErrorHandler(onError);

    server.get(PATH, { schema: { params: NONCE } }, async (request, reply) => {
      const { nonce } = request.params;
      const session = await readBrowserSignIn(request, pages);
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
      requireOwnForm(request, pages);
      const { nonce } = request.params;
      const session = await readBrowserSignIn(request, pages);
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

const onError = answerWithNotice({
  title: 'The account was not linked',
  link: (error, request) =>
    isAppError(error, 'step_up_required')
      ? { path: freshLoginPath(request.url), label: 'Sign in again' }
      : { path: '/requests', label: 'Requests' },
});
