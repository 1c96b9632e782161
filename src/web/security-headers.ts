/** Headers on every answer. The pages load everything from their own origin and nothing inline. */
import type { FastifyReply, FastifyRequest } from 'fastify';

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
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
