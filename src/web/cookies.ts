/** The cookies Sallyport sets: never readable by scripts, never sent from another site's forms. */
import type { CookieSerializeOptions } from '@fastify/cookie';

const SESSION = 'sallyport_session';
const LOGIN = 'sallyport_login';
const LOGIN_STATE_CHARACTERS = 16;

/** Browsers accept the `__Host-` prefix only over https; it binds the cookie to this one host. */
function hostPrefix(publicUrl: string): string {
  return isHttps(publicUrl) ? '__Host-' : '';
}

function isHttps(publicUrl: string): boolean {
  return new URL(publicUrl).protocol === 'https:';
}

export function sessionCookieName(publicUrl: string): string {
  return `${hostPrefix(publicUrl)}${SESSION}`;
}

/** One for each attempt, so that several tabs can sign in at once. */
export function loginCookieName(options: { publicUrl: string; state: string }): string {
  const suffix = options.state.replaceAll(/[^A-Za-z0-9_-]/g, '').slice(0, LOGIN_STATE_CHARACTERS);
  return `${hostPrefix(options.publicUrl)}${LOGIN}_${suffix}`;
}

/** `lax`, because the identity provider sends the browser back with a top-level navigation. */
export function cookieOptions(options: { publicUrl: string; maxAgeMs: number }): CookieSerializeOptions {
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isHttps(options.publicUrl),
    maxAge: Math.max(0, Math.floor(options.maxAgeMs / 1_000)),
  };
}
