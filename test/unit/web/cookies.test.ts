import { describe, expect, test } from 'vitest';
import { cookieOptions, loginCookieName, sessionCookieName } from '../../../src/web/cookies.ts';

describe('the cookies', () => {
  test('are bound to the host and to https wherever https is served', () => {
    expect(sessionCookieName('https://access.example.com')).toBe('__Host-sallyport_session');
    expect(cookieOptions({ publicUrl: 'https://access.example.com', maxAgeMs: 90_500 })).toEqual({
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: true,
      maxAge: 90,
    });
  });

  test('work without https, which browsers demand for the prefix', () => {
    expect(sessionCookieName('http://127.0.0.1:7180')).toBe('sallyport_session');
    expect(cookieOptions({ publicUrl: 'http://127.0.0.1:7180', maxAgeMs: 0 })).toMatchObject({
      secure: false,
    });
  });

  test('are named after the sign-in they belong to, whatever comes back as its state', () => {
    const name = (state: string): string => loginCookieName({ publicUrl: 'http://127.0.0.1', state });
    expect(name('one-state')).not.toBe(name('other-state'));
    expect(name('a; Path=/; b=\r\n')).toMatch(/^sallyport_login_[A-Za-z0-9_-]*$/);
  });
});
