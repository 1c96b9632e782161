/**
 * One incident: who was in it, and what was asked, decided and done under its name, across sessions and protocols, as
 * far as the reader may see it. Follows it while it is open.
 */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { WireIncidentTimeline } from '../../web/wire.ts';
import { useResource } from '../http/use-resource.ts';
import { Badge } from '../parts/badge.tsx';
import { Empty, Notice, WhenLoaded } from '../parts/states.tsx';
import { Moment } from '../parts/time-text.tsx';
import { navigate, usePlace } from '../routing/history.ts';
import { useTitle } from '../shell/use-title.ts';
import { Happening } from './happening.tsx';
import { IncidentFilters } from './incident-filters.tsx';
import {
  byDay,
  dayText,
  type IncidentQuery,
  incidentQueryText,
  readIncidentQuery,
} from './incident-words.ts';
import { People } from './people.tsx';

const REFRESH_MS = 5_000;
/** Of an incident with so many entries, which take the server longer. */
const LARGE_ENTRIES = 1_000;
const LARGE_REFRESH_MS = 30_000;

type Timeline = WireIncidentTimeline;

export function IncidentPage({ name }: { name: string }): JSX.Element {
  const place = usePlace();
  const query = readIncidentQuery(place.search);
  const [refreshMs, setRefreshMs] = useState<number | null>(REFRESH_MS);
  const base = `/api/v1/incidents/${encodeURIComponent(name)}`;
  const { loaded, reload } = useResource<Timeline>(`${base}/timeline${incidentQueryText(query)}`, {
    refreshMs,
    keepValue: true,
  });
  const wanted = loaded.state === 'ready' ? refreshOf(loaded.value) : refreshMs;
  if (wanted !== refreshMs) setRefreshMs(wanted);
  useTitle(loaded.state === 'ready' ? (loaded.value.title ?? `Incident ${name}`) : `Incident ${name}`);
  const change = (changed: Partial<IncidentQuery>): void =>
    navigate(`${place.path}${incidentQueryText({ ...query, ...changed })}`, { replace: true });
  return (
    <div class="records">
      <nav class="trail" aria-label="Where this is">
        <a href="/incidents">Incidents</a>
      </nav>
      <WhenLoaded loaded={loaded} retry={() => void reload()}>
        {(timeline) => (
          <>
            <Header timeline={timeline} base={base} />
            <People people={timeline.people} />
            <IncidentFilters timeline={timeline} query={query} onChange={change} />
            <Left timeline={timeline} />
            <Days timeline={timeline} narrowed={incidentQueryText(query) !== ''} />
          </>
        )}
      </WhenLoaded>
    </div>
  );
}

/** What is closed does not change any more. */
function refreshOf({ state, entries }: Timeline): number | null {
  if (state === 'closed') return null;
  return entries.length > LARGE_ENTRIES ? LARGE_REFRESH_MS : REFRESH_MS;
}

function Header({ timeline, base }: { timeline: Timeline; base: string }): JSX.Element {
  const { name, title, state, from, to } = timeline;
  const open = state === 'open';
  return (
    <header class="records-header">
      <div class="records-title">
        <h1>{title ?? `#${name}`}</h1>
        <p class="records-states">
          <Badge tone={open ? 'warning' : 'neutral'} live={open}>
            {open ? 'Open' : 'Closed'}
          </Badge>
          {title !== null && <span class="muted">#{name}</span>}
          {from !== null && (
            <span class="muted small">
              since <Moment at={from} />
              {!open && (
                <>
                  , closed <Moment at={to} />
                </>
              )}
            </span>
          )}
        </p>
      </div>
      <div class="records-acts">
        <a class="button" href={`${base}/timeline?format=markdown`} download={`timeline-${name}.md`}>
          Timeline
        </a>
        <a class="button" href={`${base}/report?format=markdown`} download={`report-${name}.md`}>
          Report (Markdown)
        </a>
        <a class="button button-primary" href={`${base}/report?format=html`} download={`report-${name}.html`}>
          Report
        </a>
      </div>
    </header>
  );
}

/** What is not in the list, and why. */
function Left({ timeline }: { timeline: Timeline }): JSX.Element {
  const { hiddenSessions, statementsLeftOut, cut } = timeline;
  return (
    <>
      {hiddenSessions > 0 && (
        <Notice tone="neutral">Sessions that you may not see are left out: {hiddenSessions}.</Notice>
      )}
      {statementsLeftOut > 0 && (
        <Notice tone="warning">
          Less risky statements that are left out: {statementsLeftOut.toLocaleString()}. Narrow it to a person
          or a resource, or open a session, to see them.
        </Notice>
      )}
      {cut && statementsLeftOut === 0 && <Notice tone="warning">There is more than is listed here.</Notice>}
    </>
  );
}

function Days({ timeline, narrowed }: { timeline: Timeline; narrowed: boolean }): JSX.Element {
  const { entries } = timeline;
  if (entries.length === 0) {
    return narrowed ? (
      <Empty icon="search" title="Nothing in it is like that">
        <p>Choose less, or look at everything.</p>
      </Empty>
    ) : (
      <Empty icon="clock" title="Nothing was asked for yet" />
    );
  }
  return (
    <>
      <p class="spoken" role="status">
        {entries.length} entries
      </p>
      {byDay(entries).map(({ day, its }) => (
        <section class="panel" key={day} aria-labelledby={`day-${day}`}>
          <h2 id={`day-${day}`}>{dayText(day)}</h2>
          <ol class="happenings">
            {its.map((entry, index) => (
              <Happening key={`${entry.at} ${entry.subject} ${index}`} entry={entry} />
            ))}
          </ol>
        </section>
      ))}
    </>
  );
}
