/** One incident: what was asked, decided and done under its name, in order, as far as the reader may see it. */
import type { JSX } from 'preact';
import { visibleText } from '../../core/visible-text.ts';
import type { WireIncidentTimeline } from '../../web/wire.ts';
import { useResource } from '../http/use-resource.ts';
import { Badge } from '../parts/badge.tsx';
import { Empty, Notice, WhenLoaded } from '../parts/states.tsx';
import { ClockTime, Moment } from '../parts/time-text.tsx';
import { useTitle } from '../shell/use-title.ts';
import { byDay, dayText, pathOfSubject } from './incident-words.ts';

const REFRESH_MS = 5_000;

type Entry = WireIncidentTimeline['entries'][number];

export function IncidentPage({ name }: { name: string }): JSX.Element {
  const path = `/api/v1/incidents/${encodeURIComponent(name)}/timeline`;
  const { loaded, reload } = useResource<WireIncidentTimeline>(path, { refreshMs: REFRESH_MS });
  useTitle(`Incident ${name}`);
  return (
    <div class="records">
      <WhenLoaded loaded={loaded} retry={() => void reload()}>
        {(timeline) => (
          <>
            <Header timeline={timeline} documentPath={`${path}?format=markdown`} />
            <Left timeline={timeline} />
            <Days entries={timeline.entries} />
          </>
        )}
      </WhenLoaded>
    </div>
  );
}

interface HeaderProps {
  readonly timeline: WireIncidentTimeline;
  readonly documentPath: string;
}

function Header({ timeline, documentPath }: HeaderProps): JSX.Element {
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
        <a class="button" href={documentPath} download={`timeline-${name}.md`}>
          As a document
        </a>
      </div>
    </header>
  );
}

/** What is not in the list, and why. */
function Left({ timeline: { hiddenSessions, cut } }: { timeline: WireIncidentTimeline }): JSX.Element {
  return (
    <>
      {hiddenSessions > 0 && (
        <Notice tone="neutral">Sessions that you may not see are left out: {hiddenSessions}.</Notice>
      )}
      {cut && <Notice tone="warning">There is more than is listed here.</Notice>}
    </>
  );
}

function Days({ entries }: { entries: readonly Entry[] }): JSX.Element {
  if (entries.length === 0) return <Empty icon="clock" title="Nothing was asked for yet" />;
  return (
    <>
      {byDay(entries).map(({ day, its }) => (
        <section class="panel" key={day} aria-labelledby={`day-${day}`}>
          <h2 id={`day-${day}`}>{dayText(day)}</h2>
          <ol class="happenings">
            {its.map((entry, index) => (
              <Happening key={`${entry.at} ${index}`} entry={entry} />
            ))}
          </ol>
        </section>
      ))}
    </>
  );
}

function Happening({ entry }: { entry: Entry }): JSX.Element {
  const path = pathOfSubject(entry);
  return (
    <li class="happening">
      <span class="happening-time muted">
        <ClockTime at={entry.at} seconds />
      </span>
      <div>
        <p>
          {entry.who !== null && <span class="person">{entry.who.name}</span>} {visibleText(entry.text)}{' '}
          {path === null ? (
            <span class="code muted small">{entry.subject}</span>
          ) : (
            <a class="code small" href={path}>
              {entry.subject}
            </a>
          )}
        </p>
        {entry.code !== null && <pre class="happening-code">{visibleText(entry.code)}</pre>}
      </div>
    </li>
  );
}
