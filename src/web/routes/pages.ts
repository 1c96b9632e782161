import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { answerWithNotice } from '../error-notice.ts';
import type { Identify } from '../identify.ts';
import { sendNotice } from '../notice-page.ts';
import { TERMINAL_PAGE_HEADERS } from '../security-headers.ts';
import { loginPath } from './browser-sign-in.ts';

const PAGE_PATHS = [
  '/chat',
  '/chat/:channel',
  '/inbox',
  '/incidents',
  '/incidents/:name',
  '/sessions',
  '/sessions/:id',
  '/requests',
  '/requests/:id',
  '/holds/:id',
  '/reviews',
  '/reviews/:id',
  '/delegations',
  '/policy',
  '/policy/changes/:id',
];
const START_PATH = '/chat';
const INDEX = 'index.html';
/** Plays what the terminals of a session showed; it reads the recording from the API, which asks who may. */
const TERMINAL = { path: '/sessions/:id/terminal', file: 'terminal.html' };
const ASSETS = 'assets';

/**
 * The browser side: one page for every path it knows (it routes by itself), and its assets. A link
 * opened by somebody who is not signed in goes through the sign-in and comes back.
 * @param options.directory what `npm run build:pages` wrote; it may appear while the server runs
 */
export function pageRoutes(options: { directory: string; identify: Identify }): FastifyPluginAsync {
  const directory = resolve(options.directory);

  async function answerPage(
    request: FastifyRequest,
    { reply, file }: { readonly reply: FastifyReply; readonly file: string },
  ): Promise<FastifyReply> {
    if (!existsSync(join(directory, file))) return sendPagesMissing(reply);
    if ((await options.identify(request)) === null) return reply.redirect(loginPath(request.url));
    return reply.header('cache-control', 'no-cache').sendFile(file, { cacheControl: false });
  }

  return async (server) => {
    await server.register(fastifyStatic, {
      root: directory,
      index: false,
      suppressWarning: true,
      setHeaders: (reply, path) => {
        // The names of assets hold a hash of their content: a changed file has a new name.
        const immutable = path.startsWith(join(directory, ASSETS));
        reply.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
      cacheControl: false,
    });
    server.setErrorHandler(answerWithNotice({ link: () => null }));
    server.get('/', async (_request, reply) => reply.redirect(START_PATH));
    for (const path of PAGE_PATHS) {
      server.get(path, (request, reply) => answerPage(request, { reply, file: INDEX }));
    }
    server.get(TERMINAL.path, (request, reply) => {
      reply.headers(TERMINAL_PAGE_HEADERS);
      return answerPage(request, { reply, file: TERMINAL.file });
    });
  };
}

function sendPagesMissing(reply: FastifyReply): FastifyReply {
  return sendNotice(reply, {
    status: 503,
    title: 'The pages are not built',
    text: 'Run `npm run build:pages`, then load this page again. The HTTP API and the command line work without them.',
    link: null,
  });
}
