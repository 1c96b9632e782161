/** The title of the browser's tab. */
import { useEffect } from 'preact/hooks';

/** @param unread prefixed as `(3)` when there are any */
export function useTitle(title: string, unread = 0): void {
  useEffect(() => {
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${title} · Sallyport`;
  }, [title, unread]);
}
