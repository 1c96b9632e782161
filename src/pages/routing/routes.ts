/** Addresses of the pages: text to route and back. Pure, so that the browser's history stays elsewhere. */

export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'chat'; readonly channel: string | null }
  | { readonly page: 'requests' }
  | { readonly page: 'request'; readonly id: string }
  | { readonly page: 'hold'; readonly id: string }
  | { readonly page: 'sessions' }
  | { readonly page: 'session'; readonly id: string }
  | { readonly page: 'unknown' };

const SEGMENT_CHARACTERS_MAX = 200;

/** The route of a path such as `/sessions/abc`; a trailing slash is ignored. Never throws. */
export function parseRoute(path: string): Route {
  const segments = readSegments(path);
  if (!segments || segments.length > 2) return { page: 'unknown' };
  const [section, name] = segments;
  switch (section) {
    case undefined:
      return { page: 'home' };
    case 'chat':
      return { page: 'chat', channel: name ?? null };
    case 'requests':
      return name === undefined ? { page: 'requests' } : { page: 'request', id: name };
    case 'holds':
      return name === undefined ? { page: 'unknown' } : { page: 'hold', id: name };
    case 'sessions':
      return name === undefined ? { page: 'sessions' } : { page: 'session', id: name };
    default:
      return { page: 'unknown' };
  }
}

/** The decoded segments, or null where one is malformed or too long to be ours. */
function readSegments(path: string): string[] | null {
  const segments: string[] = [];
  for (const raw of path.split('/')) {
    if (raw === '') continue;
    try {
      const segment = decodeURIComponent(raw);
      if (segment.length > SEGMENT_CHARACTERS_MAX) return null;
      segments.push(segment);
    } catch {
      return null;
    }
  }
  return segments;
}

/** Where a channel's page is. A private channel's `@` stays readable. */
export function channelPath(channel: string): string {
  return `/chat/${encodeURIComponent(channel).replace('%40', '@')}`;
}

export function requestPath(id: string): string {
  return `/requests/${encodeURIComponent(id)}`;
}

export function holdPath(id: string): string {
  return `/holds/${encodeURIComponent(id)}`;
}

/** @param statement the address of this one of its statements */
export function sessionPath(id: string, statement?: number): string {
  return `/sessions/${encodeURIComponent(id)}${statement === undefined ? '' : `#s-${statement}`}`;
}
