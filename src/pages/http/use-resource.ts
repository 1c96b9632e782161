/** A GET as component state: loading, ready (kept while it refreshes), or failed. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { failureOf, getJson, type RequestFailed } from './client.ts';

export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly failure: RequestFailed }
  /** `stale` says why the last refresh did not work; `busy`, that another address is being read. */
  | {
      readonly state: 'ready';
      readonly value: T;
      readonly stale: RequestFailed | null;
      readonly busy: boolean;
    };

export interface Resource<T> {
  readonly loaded: Loaded<T>;
  /** Reads again now; resolves when done, also after a failure. */
  reload(): Promise<void>;
}

/**
 * @param path what to read; null reads nothing
 * @param options `refreshMs`: reads again at this interval while the page is visible.
 *   `keepValue`: keeps the old value on screen when the path changes (a search as it is typed).
 */
export function useResource<T>(
  path: string | null,
  options: { refreshMs?: number | null; keepValue?: boolean } = {},
): Resource<T> {
  const { refreshMs = null, keepValue = false } = options;
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: 'loading' });
  const current = useRef<AbortController | null>(null);

  const read = useCallback(async () => {
    if (path === null) return;
    current.current?.abort();
    const abort = new AbortController();
    current.current = abort;
    try {
      const value = await getJson<T>(path, abort.signal);
      if (!abort.signal.aborted) setLoaded({ state: 'ready', value, stale: null, busy: false });
    } catch (error) {
      if (!abort.signal.aborted) setLoaded((before) => afterFailure(before, failureOf(error)));
    }
  }, [path]);

  useEffect(() => {
    setLoaded((before) =>
      keepValue && before.state === 'ready' ? { ...before, busy: true } : { state: 'loading' },
    );
    void read();
    return () => current.current?.abort();
  }, [read, keepValue]);

  const gone = loaded.state === 'failed' && isLost(loaded.failure);
  useEffect(() => {
    if (refreshMs === null || gone) return;
    const refresh = (): void => {
      if (document.visibilityState === 'visible') void read();
    };
    const timer = setInterval(refresh, refreshMs);
    document.addEventListener('visibilitychange', refresh);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', refresh);
    };
  }, [read, refreshMs, gone]);

  return { loaded, reload: read };
}

/** A failed refresh keeps what is on screen, unless the thing is gone or no longer ours to see. */
function afterFailure<T>(before: Loaded<T>, failure: RequestFailed): Loaded<T> {
  if (before.state !== 'ready' || isLost(failure)) return { state: 'failed', failure };
  return { ...before, stale: failure, busy: false };
}

/** Asking again would get the same answer. */
function isLost(failure: RequestFailed): boolean {
  return failure.status === 401 || failure.status === 403 || failure.status === 404;
}
