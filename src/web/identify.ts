/**
 * Who sends a request: the bearer of a token, or the person behind a session cookie. A cookie travels
 * by itself, so with one an unsafe method also has to show that a page of ours sent it; a token is
 * presented deliberately and needs no such proof.
 */
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Identity, Person } from '../core/identity.ts';
import { sessionCookieName } from './cookies.ts';
import type { Credentials } from './ports.ts';
import type { RateLimiter } from './rate-limit.ts';

/**
 * Who sends the request, or null for nobody. Asked twice for one request, it looks once; `anew`, it looks whether they
 * still are, which counts as no other request.
 */
export type Identify = (
  request: FastifyRequest,
  options?: { readonly anew: boolean },
) => Promise<Identity | null>;

const CSRF_HEADER = 'x-sallyport-csrf';
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]{1,16384}=*)$/i;
const COOKIE_CHARACTERS_MAX = 512;

/**
 * @returns the function that `createWebServer` and the chat plugin ask. It throws AppError
 * `unauthenticated` for a token that is not accepted, `forbidden` for a cookie without the proof,
 * `rate_limited` for a caller that asks too often
 */
export function createIdentify(options: {
  credentials: Credentials;
  limiter: RateLimiter;
  clock: Clock;
  publicUrl: string;
}): Identify {
  const { credentials, limiter, clock, publicUrl } = options;
  const known = new WeakMap<FastifyRequest, Promise<Identity | null>>();

  async function look(request: FastifyRequest): Promise<Identity | null> {
    const identity = await identityOf(request, credentials, publicUrl).catch((error: unknown) => {
      limiter.take(`address ${request.ip}`, clock.now().getTime());
      throw error;
    });
    limiter.take(
      identity === null ? `address ${request.ip}` : `identity ${identity.id}`,
      clock.now().getTime(),
    );
    return identity;
  }

  return (request, { anew } = { anew: false }) => {
    if (anew) return identityOf(request, credentials, publicUrl);
    const answer = known.get(request) ?? look(request);
    known.set(request, answer);
    return answer;
  };
}

/** Only a person can click; a workload at the chat page is nobody. */
export async function identifyPerson(identify: Identify, request: FastifyRequest): Promise<Person | null> {
  const identity = await identify(request);
  return identity?.kind === 'person' ? identity : null;
}

async function identityOf(
  request: FastifyRequest,
  credentials: Credentials,
  publicUrl: string,
): Promise<Identity | null> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined)
      throw new AppError('unauthenticated', 'The Authorization header needs "Bearer TOKEN".');
    return credentials.authenticateBearer(token);
  }
  const cookie = request.cookies[sessionCookieName(publicUrl)];
  if (cookie === undefined || cookie.length > COOKIE_CHARACTERS_MAX) return null;
  const person = await credentials.readSession(cookie);
  if (person !== null) requireSameOrigin(request, publicUrl);
  return person;
}

/**
 * The proof that a page of ours sent an unsafe request: a header that other origins cannot set without
 * being asked first, and an Origin that is ours.
 * @throws AppError `forbidden`
 */
export function requireSameOrigin(request: FastifyRequest, publicUrl: string): void {
  if (SAFE_METHODS.has(request.method)) return;
  const sameOrigin = request.headers.origin === new URL(publicUrl).origin;
  if (request.headers[CSRF_HEADER] !== '1' || !sameOrigin) {
    throw new AppError('forbidden', 'This request did not come from a Sallyport page.');
  }
}
