/** Addresses of the pages: text to route and back. Pure, so that the browser's history stays elsewhere. */

export type Route =
  | { readonly page: 'home' }
  | { readonly page: 'inbox' }
  | { readonly page: 'chat'; readonly channel: string | null }
  | { readonly page: 'requests' }
  | { readonly page: 'request'; readonly id: string }
  | { readonly page: 'hold'; readonly id: string }
  | { readonly page: 'reviews' }
  | { readonly page: 'review'; readonly id: string }
  | { readonly page: 'delegations' }
  | { readonly page: 'policy' }
  | { readonly page: 'policy-change'; readonly id: string }
  | { readonly page: 'sessions' }
  | { readonly page: 'session'; readonly id: string }
  | { readonly page: 'incidents' }
  | { readonly page: 'incident'; readonly name: string }
  | { readonly page: 'unknown' };

const SEGMENT_CHARACTERS_MAX = 200;

/** The route of a path such as `/sessions/abc`; a trailing slash is ignored. Never throws. */
export function parseRoute(path: string): Route {
  const segments = readSegments(path);
  if (!segments || segments.length > 3) return { page: 'unknown' };
  const [section, name, third] = segments;
  if (section === 'policy') return policyRoute(name, third);
  if (third !== undefined) return { page: 'unknown' };
  switch (section) {
    case undefined:
      return { page: 'home' };
    case 'chat':
      return { page: 'chat', channel: name ?? null };
    case 'inbox':
      return name === undefined ? { page: 'inbox' } : { page: 'unknown' };
    case 'requests':
      return name === undefined ? { page: 'requests' } : { page: 'request', id: name };
    case 'holds':
      return name === undefined ? { page: 'unknown' } : { page: 'hold', id: name };
    case 'reviews':
      return name === undefined ? { page: 'reviews' } : { page: 'review', id: name };
    case 'delegations':
      return name === undefined ? { page: 'delegations' } : { page: 'unknown' };
    case 'incidents':
      return name === undefined ? { page: 'incidents' } : { page: 'incident', name };
    case 'sessions':
      return name === undefined ? { page: 'sessions' } : { page: 'session', id: name };
    default:
      return { page: 'unknown' };
  }
}

/** `/policy` and `/policy/changes/ID`. */
function policyRoute(second: string | undefined, id: string | undefined): Route {
  if (second === undefined) return { page: 'policy' };
  return second === 'changes' && id !== undefined ? { page: 'policy-change', id } : { page: 'unknown' };
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

export function reviewPath(id: string): string {
  return `/reviews/${encodeURIComponent(id)}`;
}

export function policyChangePath(id: string): string {
  return `/policy/changes/${encodeURIComponent(id)}`;
}

export function incidentPath(name: string): string {
  return `/incidents/${encodeURIComponent(name)}`;
}

/** @param statement the address of this one of its statements */
export function sessionPath(id: string, statement?: number): string {
  return `/sessions/${encodeURIComponent(id)}${statement === undefined ? '' : `#s-${statement}`}`;
}
