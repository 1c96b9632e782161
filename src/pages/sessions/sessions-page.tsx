/** Every session the viewer may see: found by words, narrowed to live ones, kept fresh. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { WireSession } from '../../web/wire.ts';
import { useResource } from '../http/use-resource.ts';
import { Icon } from '../parts/icons.tsx';
import { Segments } from '../parts/segments.tsx';
import { Empty, WhenLoaded } from '../parts/states.tsx';
import { navigate, usePlace } from '../routing/history.ts';
import { useTitle } from '../shell/use-title.ts';
import { SessionTable } from './session-table.tsx';

const REFRESH_MS = 5_000;
const TYPING_MS = 250;
const SEARCH_CHARACTERS_MAX = 200;

type Show = 'all' | 'live';

export function SessionsPage(): JSX.Element {
  useTitle('Sessions');
  const place = usePlace();
  const query = new URLSearchParams(place.search);
  const search = query.get('search') ?? '';
  const show: Show = query.get('live') === 'true' ? 'live' : 'all';
  const { loaded, reload } = useResource<{ readonly items: readonly WireSession[] }>(
    `/api/v1/sessions?${apiQuery(search, show)}`,
    {
      refreshMs: REFRESH_MS,
      keepValue: true,
    },
  );
  const change = (next: { search?: string; show?: Show }): void => {
    const text = apiQuery(next.search ?? search, next.show ?? show).toString();
    navigate(text ? `/sessions?${text}` : '/sessions', { replace: true });
  };
  return (
    <div class="records">
      <header class="records-header">
        <div>
          <h1>Sessions</h1>
          <p class="muted">Every connection that went through Sallyport, with what ran in it.</p>
        </div>
      </header>
      <div class="records-tools">
        <SearchBox value={search} onChange={(text) => change({ search: text })} />
        <Segments
          name="show"
          label="Which sessions"
          value={show}
          options={[
            { value: 'all', label: 'All' },
            { value: 'live', label: 'Live now' },
          ]}
          onChange={(next) => change({ show: next })}
        />
      </div>
      <WhenLoaded loaded={loaded} retry={() => void reload()}>
        {({ items }) =>
          items.length > 0 ? (
            <SessionTable sessions={items} />
          ) : (
            <NoSessions narrowed={search !== '' || show === 'live'} />
          )
        }
      </WhenLoaded>
    </div>
  );
}

function apiQuery(search: string, show: Show): URLSearchParams {
  const query = new URLSearchParams();
  if (search) query.set('search', search);
  if (show === 'live') query.set('live', 'true');
  return query;
}

/** Searches when the typing pauses. */
function SearchBox({ value, onChange }: { value: string; onChange: (text: string) => void }): JSX.Element {
  const [text, setText] = useState(value);
  useEffect(() => {
    if (text.trim() === value) return;
    const timer = setTimeout(() => onChange(text.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <label class="search">
      <Icon name="search" />
      <span class="spoken">Search sessions</span>
      <input
        type="search"
        class="input"
        placeholder="Person, resource, statement, command, incident…"
        value={text}
        maxLength={SEARCH_CHARACTERS_MAX}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </label>
  );
}

function NoSessions({ narrowed }: { narrowed: boolean }): JSX.Element {
  if (narrowed) {
    return (
      <Empty icon="search" title="No session matches">
        <p>
          You see your own sessions, those on requests you may vote on, and all of them with an oversight
          group.
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
