/** A plain page for what cannot be shown otherwise: a sign-in that failed, pages that are not built. */
import type { FastifyPluginAsync, FastifyReply } from 'fastify';

export interface Notice {
  readonly status: number;
  readonly title: string;
  readonly text: string;
  readonly link: { readonly path: string; readonly label: string } | null;
}

const STYLE_PATH = '/notice.css';
/** A file of its own, since the content security policy allows no inline style. */
const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 15vh auto 0; max-width: 34rem; padding: 0 1.5rem; }
h1 { font-size: 1.4rem; }
a { color: inherit; }
`;

export const noticeStyle: FastifyPluginAsync = async (server) => {
  server.get(STYLE_PATH, async (_request, reply) => reply.type('text/css; charset=utf-8').send(STYLE));
};

export function sendNotice(reply: FastifyReply, notice: Notice): FastifyReply {
  return reply
    .code(notice.status)
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(renderNotice(notice));
}

function renderNotice({ title, text, link }: Notice): string {
  const anchor =
    link === null ? '' : `<p><a href="${escapeHtml(link.path)}">${escapeHtml(link.label)}</a></p>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Sallyport</title>
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>${anchor}</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
