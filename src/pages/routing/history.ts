/**
 * The browser's history as state. Links are ordinary `<a href>`: one listener takes the clicks that
 * lead to another page of ours, so that opening in a new tab and copying an address work as always.
 */
import { useEffect, useState } from 'preact/hooks';
import { parseRoute } from './routes.ts';

export interface Place {
  readonly path: string;
  readonly search: string;
  readonly hash: string;
}

const MOVED = 'sallyport:moved';
const SERVER_ANSWERS = ['/api/', '/auth/', '/chat/api/'];

/** Goes to a page of ours; `replace` leaves no step back. */
export function navigate(href: string, options: { replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  dispatchEvent(new Event(MOVED));
}

/** Where the browser is now; the component renders again when that changes. */
export function usePlace(): Place {
  const [place, setPlace] = useState(readPlace);
  useEffect(() => {
    const update = (): void => setPlace(readPlace());
    const events = [MOVED, 'popstate', 'hashchange'];
    for (const event of events) addEventListener(event, update);
    return () => {
      for (const event of events) removeEventListener(event, update);
    };
  }, []);
  return place;
}

/** Takes plain clicks on links to our own pages. Returns what undoes it. */
export function followLinksInPlace(): () => void {
  const onClick = (event: MouseEvent): void => {
    const href = hrefToFollow(event);
    if (href === null) return;
    event.preventDefault();
    navigate(href);
  };
  document.addEventListener('click', onClick);
  return () => document.removeEventListener('click', onClick);
}

function hrefToFollow(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0) return null;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link?.href || link.target || link.hasAttribute('download')) return null;
  const url = new URL(link.href);
  if (url.origin !== location.origin) return null;
  // A step within this page is the browser's own: it scrolls there.
  if (url.hash && url.pathname === location.pathname && url.search === location.search) return null;
  if (SERVER_ANSWERS.some((prefix) => url.pathname.startsWith(prefix))) return null;
  if (parseRoute(url.pathname).page === 'unknown') return null;
  return url.pathname + url.search + url.hash;
}

function readPlace(): Place {
  return { path: location.pathname, search: location.search, hash: location.hash };
}
