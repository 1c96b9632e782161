/** Incidents: open ones first, then the one in which something happened last. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { WireIncidentsPage } from '../../web/wire.ts';
import { failureOf, getJson, type RequestFailed } from '../http/client.ts';
import { useResource } from '../http/use-resource.ts';
import { Badge } from '../parts/badge.tsx';
import { Segments } from '../parts/segments.tsx';
import { Empty, Notice, WhenLoaded } from '../parts/states.tsx';
import { TimeAgo } from '../parts/time-text.tsx';
import { navigate, usePlace } from '../routing/history.ts';
import { incidentPath } from '../routing/routes.ts';
import { useTitle } from '../shell/use-title.ts';

const REFRESH_MS = 10_000;

export function IncidentsPage(): JSX.Element {
  useTitle('Incidents');
  const isOpen = new URLSearchParams(usePlace().search).get('show') === 'open';
  const path = `/api/v1/incidents?open=${isOpen}`;
  const { loaded, reload } = useResource<WireIncidentsPage>(path, { refreshMs: REFRESH_MS, keepValue: true });
  return (
    <div class="records">
      <header class="records-header">
        <div>
          <h1>Incidents</h1>
          <p class="muted">What was asked for and done while something was broken, under one name.</p>
        </div>
      </header>
      <div class="records-tools">
        <Segments
          name="show"
          label="Which incidents"
          value={isOpen ? 'open' : 'all'}
          options={[
            { value: 'all', label: 'All' },
            { value: 'open', label: 'Open' },
          ]}
          onChange={(next) =>
            navigate(next === 'all' ? '/incidents' : '/incidents?show=open', { replace: true })
          }
        />
      </div>
      <WhenLoaded loaded={loaded} retry={() => void reload()}>
        {(page) => <Pages key={path} path={path} first={page} />}
      </WhenLoaded>
    </div>
  );
}

/** The first page follows what happens; those behind it are read once. */
function Pages({ path, first }: { path: string; first: WireIncidentsPage }): JSX.Element {
  const [behind, setBehind] = useState<WireIncidentsPage | null>(null);
  const [failure, setFailure] = useState<RequestFailed | null>(null);
  const known = new Set(first.items.map(({ name }) => name));
  const items = [...first.items, ...(behind?.items ?? []).filter(({ name }) => !known.has(name))];
  const next = behind === null ? first.next : behind.next;
  const more = async (): Promise<void> => {
    if (next === null) return;
    try {
      const page = await getJson<WireIncidentsPage>(`${path}&cursor=${encodeURIComponent(next)}`);
      setBehind({ items: [...(behind?.items ?? []), ...page.items], next: page.next });
      setFailure(null);
    } catch (error) {
      setFailure(failureOf(error));
    }
  };
  if (items.length === 0) {
    return (
      <Empty icon="alert" title="No incidents">
        <p>
          Open one in the <a href="/chat">chat</a>: <code class="code">/access incident open TITLE</code>.
          What is asked for in its channel carries its name.
        </p>
      </Empty>
    );
  }
  return (
    <>
      <Table items={items} />
      {failure && <Notice tone="bad">{failure.message}</Notice>}
      {next !== null && (
        <button type="button" class="button found-next" onClick={() => void more()}>
          Show older incidents
        </button>
      )}
    </>
  );
}

function Table({ items }: Pick<WireIncidentsPage, 'items'>): JSX.Element {
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Incident</th>
          <th scope="col">State</th>
          <th scope="col">Opened by</th>
          <th scope="col" class="number">
            Requests
          </th>
          <th scope="col" class="number">
            Sessions
          </th>
          <th scope="col">Last</th>
        </tr>
      </thead>
      <tbody>
        {items.map((incident) => (
          <tr key={incident.name}>
            <td class="table-main">
              <a class="row-link" href={incidentPath(incident.name)}>
                {incident.title ?? `#${incident.name}`}
              </a>{' '}
              {incident.title !== null && <span class="muted small">#{incident.name}</span>}
            </td>
            <td>
              <State state={incident.state} />
            </td>
            <td>{incident.openedBy?.name ?? <span class="muted">by its channel’s name</span>}</td>
            <td class="number">
              {incident.requests} <span class="table-unit">requests</span>
              {incident.pending > 0 && <span class="muted small"> ({incident.pending} waiting)</span>}
            </td>
            <td class="number">
              {incident.sessions} <span class="table-unit">sessions</span>
              {incident.live > 0 && <span class="muted small"> ({incident.live} live)</span>}
            </td>
            <td>
              <TimeAgo at={incident.lastAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ state }: { state: WireIncidentsPage['items'][number]['state'] }): JSX.Element {
  if (state === null) return <span class="muted">By name</span>;
  const open = state === 'open';
  return (
    <Badge tone={open ? 'warning' : 'neutral'} live={open}>
      {open ? 'Open' : 'Closed'}
    </Badge>
  );
}
