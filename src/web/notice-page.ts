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
dl { display: grid; gap: 0.25rem 1rem; grid-template-columns: max-content 1fr; }
dt { opacity: 0.7; }
dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
input { font: inherit; font-size: 1.4rem; letter-spacing: 0.2em; max-width: 12rem; padding: 0.5rem; }
.large { font-size: 2rem; font-weight: 700; line-height: 1.2; overflow-wrap: anywhere; }
button { font: inherit; font-weight: 600; padding: 0.5rem 1rem; }
`;

export const noticeStyle: FastifyPluginAsync = async (server) => {
  server.get(STYLE_PATH, async (_request, reply) => reply.type('text/css; charset=utf-8').send(STYLE));
};

export function sendNotice(reply: FastifyReply, { status, title, text, link }: Notice): FastifyReply {
  const anchor =
    link === null ? '' : `<p><a href="${escapeHtml(link.path)}">${escapeHtml(link.label)}</a></p>`;
  return sendPlainPage(reply, { status, title, html: `<p>${escapeHtml(text)}</p>${anchor}` });
}

/** @param page.html below the title; whatever somebody typed has gone through `escapeHtml` */
export function sendPlainPage(
  reply: FastifyReply,
  page: { readonly status: number; readonly title: string; readonly html: string },
): FastifyReply {
  return reply
    .code(page.status)
    .type('text/html; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(render(page));
}

function render({ title, html }: { readonly title: string; readonly html: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} · Sallyport</title>
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body><h1>${escapeHtml(title)}</h1>${html}</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
