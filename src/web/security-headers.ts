/** Headers on every answer. The pages load everything from their own origin and nothing inline. */
import type { FastifyReply, FastifyRequest } from 'fastify';

const DIRECTIVES: Readonly<Record<string, string>> = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self'",
  'font-src': "'self'",
  'connect-src': "'self'",
  'manifest-src': "'self'",
  'form-action': "'self'",
  'base-uri': "'none'",
  // Only the terminal's page lets itself be framed.
  'frame-src': "'self'",
  'frame-ancestors': "'none'",
};

function policyOf(directives: Readonly<Record<string, string>>): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources}`)
    .join('; ');
}

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': policyOf(DIRECTIVES),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
};

/**
 * For the page that plays a terminal, in place of those above. Its player interprets what was printed in WebAssembly,
 * which a browser compiles only where that is allowed by name; so it is a page of its own, shown in a frame, which
 * allows nothing else: no frames, forms, pictures or fonts.
 */
export const TERMINAL_PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': policyOf({
    'default-src': "'none'",
    'script-src': "'self' 'wasm-unsafe-eval'",
    'style-src': "'self'",
    'connect-src': "'self'",
    'form-action': "'none'",
    'base-uri': "'none'",
    'frame-ancestors': "'self'",
  }),
  'x-frame-options': 'SAMEORIGIN',
};

const HSTS_SECONDS = 31_536_000;

/** @returns what puts them on an answer; `https` adds the promise to stay there */
export function securityHeaders(options: { https: boolean }) {
  const headers = options.https
    ? { ...HEADERS, 'strict-transport-security': `max-age=${HSTS_SECONDS}` }
    : HEADERS;
  return (_request: FastifyRequest, reply: FastifyReply): void => {
    reply.headers(headers);
  };
}
