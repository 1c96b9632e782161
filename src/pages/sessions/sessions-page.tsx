/** Every session the viewer may see: found by what was done in it, narrowed by filters, kept fresh. */
import type { JSX } from 'preact';
import { useCallback, useState } from 'preact/hooks';
import type { WireFoundSession } from '../../web/wire.ts';
import { failureOf, getJson, type RequestFailed } from '../http/client.ts';
import { useResource } from '../http/use-resource.ts';
import { Empty, Notice, WhenLoaded } from '../parts/states.tsx';
import { Moment } from '../parts/time-text.tsx';
import { navigate, usePlace } from '../routing/history.ts';
import { useTitle } from '../shell/use-title.ts';
import { FoundSessions } from './found-sessions.tsx';
import { SessionFilters } from './session-filters.tsx';
import {
  apiParameters,
  countFilters,
  readSessionQuery,
  type SessionQuery,
  sessionParameters,
} from './session-query.ts';
import { SessionTable } from './session-table.tsx';
import { count } from './session-words.ts';
import { useResultKeys } from './use-result-keys.ts';

const REFRESH_MS = 5_000;

interface SessionPage {
  readonly items: readonly WireFoundSession[];
  readonly next: string | null;
  /** Set where the search ended before the page was full. */
  readonly lookedBackTo: string | null;
}

export function SessionsPage(): JSX.Element {
  useTitle('Sessions');
  const place = usePlace();
  const query = readSessionQuery(place.search);
  const path = `/api/v1/sessions?${apiParameters(query)}`;
  const { loaded, reload } = useResource<SessionPage>(path, { refreshMs: REFRESH_MS, keepValue: true });
  const change = useCallback((next: Partial<SessionQuery>): void => {
    const text = sessionParameters({ ...readSessionQuery(location.search), ...next }).toString();
    navigate(text ? `/sessions?${text}` : '/sessions', { replace: true });
  }, []);
  useResultKeys();
  return (
    <div class="records">
      <header class="records-header">
        <div>
          <h1>Sessions</h1>
          <p class="muted">Every connection that went through Sallyport, with what ran in it.</p>
        </div>
      </header>
      <SessionFilters query={query} onChange={change} />
      <WhenLoaded loaded={loaded} retry={() => void reload()}>
        {(page) => <Pages key={path} path={path} first={page} query={query} />}
      </WhenLoaded>
    </div>
  );
}

/** The first page stays fresh; those behind it are as they were when they were asked for. */
function Pages(props: { path: string; first: SessionPage; query: SessionQuery }): JSX.Element {
  const { path, first, query } = props;
  const [behind, setBehind] = useState<SessionPage | null>(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<RequestFailed | null>(null);
  const known = new Set(first.items.map(({ id }) => id));
  const items = [...first.items, ...(behind?.items ?? []).filter(({ id }) => !known.has(id))];
  const { next, lookedBackTo } = behind ?? first;
  const isSearch = query.search !== '' || countFilters(query) > 0;

  const more = async (): Promise<void> => {
    if (next === null) return;
    setBusy(true);
    setFailure(null);
    try {
      const page = await getJson<SessionPage>(`${path}&cursor=${encodeURIComponent(next)}`);
      setBehind({ ...page, items: [...(behind?.items ?? []), ...page.items] });
    } catch (error) {
      setFailure(failureOf(error));
    }
    setBusy(false);
  };

  if (items.length === 0 && next === null) return <NoSessions narrowed={isSearch || query.live} />;
  const found = items.some(({ hitCount }) => hitCount > 0);
  return (
    <>
      <p class="spoken" role="status">
        {count(items.length, 'session')}
      </p>
      {found ? <FoundSessions sessions={items} /> : <SessionTable sessions={items} />}
      {failure && <Notice tone="bad">{failure.message}</Notice>}
      {lookedBackTo !== null && (
        <p class="muted small" role="status">
          {items.length === 0 && 'Nothing yet. '}
          Looked through sessions back to <Moment at={lookedBackTo} />. Go on, or narrow the search to be
          faster.
        </p>
      )}
      {next !== null && (
        <button type="button" class="button found-next" disabled={busy} onClick={() => void more()}>
          {busy && <span class="spinner" aria-hidden="true" />}
          Show older sessions
        </button>
      )}
    </>
  );
}

function NoSessions({ narrowed }: { narrowed: boolean }): JSX.Element {
  if (narrowed) {
    return (
      <Empty icon="search" title="No session matches">
        <p>
          Words have to be in the same statement, or say who, what and why. Try fewer of them, or the
          beginning of one: <code class="code">custo*</code>. You see your own sessions, those on requests you
          may vote on, and all of them with an oversight group.
        </p>
        <a class="button" href="/sessions">
          Show all
        </a>
      </Empty>
    );
  }
  return (
    <Empty icon="terminal" title="No sessions yet">
      <p>
        A session appears here the moment somebody connects with an approved grant. Ask for one in the{' '}
        <a href="/chat">chat</a>, then connect with <code class="code">psql</code> or{' '}
        <code class="code">ssh</code> as it says there.
      </p>
    </Empty>
  );
}
