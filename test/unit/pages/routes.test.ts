import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  channelPath,
  incidentPath,
  parseRoute,
  requestPath,
  sessionPath,
} from '../../../src/pages/routing/routes.ts';

describe('the routes of the pages', () => {
  it.each([
    ['/', { page: 'home' }],
    ['/chat', { page: 'chat', channel: null }],
    ['/chat/', { page: 'chat', channel: null }],
    ['/chat/@p-1', { page: 'chat', channel: '@p-1' }],
    ['/requests', { page: 'requests' }],
    ['/requests/r-7k2m', { page: 'request', id: 'r-7k2m' }],
    ['/incidents', { page: 'incidents' }],
    ['/incidents/inc-7', { page: 'incident', name: 'inc-7' }],
    ['/sessions', { page: 'sessions' }],
    ['/sessions/s-1', { page: 'session', id: 's-1' }],
  ])('reads %s', (path, route) => {
    expect(parseRoute(path)).toEqual(route);
  });

  it.each(['/nowhere', '/sessions/s-1/more', '/chat/%zz', `/sessions/${'a'.repeat(201)}`])(
    'knows that %s is not one of ours',
    (path) => {
      expect(parseRoute(path)).toEqual({ page: 'unknown' });
    },
  );

  it('finds the way back from every address it makes', () => {
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(names, (name) => {
        expect(parseRoute(channelPath(name))).toEqual({ page: 'chat', channel: name });
        expect(parseRoute(requestPath(name))).toEqual({ page: 'request', id: name });
        expect(parseRoute(incidentPath(name))).toEqual({ page: 'incident', name });
        expect(parseRoute(sessionPath(name))).toEqual({ page: 'session', id: name });
      }),
    );
  });

  it('keeps the sign of a private channel readable', () => {
    expect(channelPath('@p-1')).toBe('/chat/@p-1');
  });
});
