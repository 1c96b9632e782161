const DEFAULT_PATH = '/chat';
const PATH_CHARACTERS_MAX = 2_000;

/**
 * Where a browser goes after it signed in: a path of the origin it came from. Whatever would lead
 * elsewhere, or back to the login, becomes the chat page.
 */
export function parseReturnTo(text: string | null, ours: URL): string {
  if (text === null || !text.startsWith('/') || text.length > PATH_CHARACTERS_MAX) return DEFAULT_PATH;
  // The parser decides what a browser would make of it: `//host`, `/\host` and tabs inside lead elsewhere.
  const url = URL.parse(text, ours.origin);
  if (url === null || url.origin !== ours.origin || url.pathname.startsWith('/auth/')) return DEFAULT_PATH;
  // Resolving dots can leave a path that names a host once it stands alone: `/..//host` becomes `//host`.
  if (url.pathname.startsWith('//')) return DEFAULT_PATH;
  return `${url.pathname}${url.search}${url.hash}`;
}
