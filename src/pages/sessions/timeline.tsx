/** A session's statements in order, narrowed to those of interest, each with an address of its own. */
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Timeline as TimelineOf } from '../../web/wire.ts';
import { Segments } from '../parts/segments.tsx';
import { Empty } from '../parts/states.tsx';
import { navigate, usePlace } from '../routing/history.ts';
import { count, matchesFilter, parseFilter, type TimelineFilter } from './session-words.ts';
import { Statement } from './statement.tsx';

interface TimelineProps {
  readonly timeline: TimelineOf;
  readonly live: boolean;
}

export function Timeline({ timeline, live }: TimelineProps): JSX.Element {
  const place = usePlace();
  const { entries, complete, omitted } = timeline;
  const filter = parseFilter(new URLSearchParams(place.search).get('show'));
  const shown = entries.filter((entry) => matchesFilter(entry, filter));
  const linked = Number(/^#s-(\d{1,9})$/.exec(place.hash)?.[1] ?? 0);
  useScrollToLinked(linked, entries.length > 0);

  const countOf = (which: TimelineFilter): number =>
    entries.filter((entry) => matchesFilter(entry, which)).length;
  const choose = (next: TimelineFilter): void =>
    navigate(next === 'all' ? place.path : `${place.path}?show=${next}`, { replace: true });
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <header class="timeline-header">
        <h2 id="timeline-title">Statements</h2>
        <Segments
          name="filter"
          label="Which statements"
          value={filter}
          options={[
            { value: 'all', label: 'All', count: entries.length },
            { value: 'denied', label: 'Denied', count: countOf('denied') },
            { value: 'held', label: 'Held', count: countOf('held') },
            { value: 'masked', label: 'Masked', count: countOf('masked') },
          ]}
          onChange={choose}
        />
      </header>
      {shown.length === 0 && <NothingShown filter={filter} live={live} />}
      <ol class="statements">
        {shown.map((entry) => (
          <Statement
            key={entry.statement}
            entry={entry}
            complete={complete}
            linked={entry.statement === linked}
          />
        ))}
      </ol>
      {omitted > 0 && (
        <p class="muted small">
          {count(omitted, 'later statement')} not shown here; the exports have them all.
        </p>
      )}
      {live && shown.length > 0 && <p class="muted small">Live: new statements appear here by themselves.</p>}
      {!live && !complete && omitted === 0 && (
        <p class="muted small">The recording ends here without a proper close.</p>
      )}
    </section>
  );
}

function NothingShown({ filter, live }: { filter: TimelineFilter; live: boolean }): JSX.Element {
  if (filter === 'all') {
    return (
      <Empty icon="terminal" title="No statements">
        <p>
          {live
            ? 'Connected, and nothing has been sent yet. Statements appear here as they run.'
            : 'The client connected and left without sending any.'}
        </p>
      </Empty>
    );
  }
  return (
    <Empty icon="check" title={`Nothing was ${filter}`}>
      <p>Choose “All” to see every statement of this session.</p>
    </Empty>
  );
}

/** The browser looks for an address's place before the statements are there; this looks again. */
function useScrollToLinked(linked: number, ready: boolean): void {
  useEffect(() => {
    if (ready && linked > 0) document.getElementById(`s-${linked}`)?.scrollIntoView({ block: 'center' });
  }, [linked, ready]);
}
