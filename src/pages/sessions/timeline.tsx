/** A session's statements in order, narrowed to those of interest, each with an address of its own. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Timeline as TimelineOf } from '../../web/wire.ts';
import { Icon } from '../parts/icons.tsx';
import { Segments } from '../parts/segments.tsx';
import { Empty } from '../parts/states.tsx';
import { navigate, type Place, usePlace } from '../routing/history.ts';
import { readMoment } from './session-query.ts';
import { count, matchesFilter, matchesSearch, parseFilter, type TimelineFilter } from './session-words.ts';
import { StillStatement } from './statement.tsx';

interface TimelineProps {
  readonly timeline: TimelineOf;
  readonly live: boolean;
  /** Of a host: what ran are commands, not SQL. */
  readonly ofHost: boolean;
  /** Statements that came before those that are shown. */
  readonly earlier?: number;
}

const SEARCH_CHARACTERS_MAX = 200;
/** Fewer are read at a glance. */
const SEARCHED_FROM = 6;

export function Timeline({ timeline, live, ofHost, earlier = 0 }: TimelineProps): JSX.Element {
  const [search, setSearch] = useState('');
  const place = usePlace();
  const { entries, complete, omitted } = timeline;
  const filter = parseFilter(new URLSearchParams(place.search).get('show'));
  const filtered = entries.filter((entry) => matchesFilter(entry, filter));
  const sought = search.trim();
  const shown = sought === '' ? filtered : filtered.filter((entry) => matchesSearch(entry, sought));
  const noun = ofHost ? 'command' : 'statement';
  const linked = linkedStatement(place, entries);
  useScrollToLinked(linked, entries.length > 0);

  const countOf = (which: TimelineFilter): number =>
    entries.filter((entry) => matchesFilter(entry, which)).length;
  const choose = (next: TimelineFilter): void =>
    navigate(next === 'all' ? place.path : `${place.path}?show=${next}`, { replace: true });
  return (
    <section class="timeline" aria-labelledby="timeline-title">
      <header class="timeline-header">
        <h2 id="timeline-title">{ofHost ? 'Commands' : 'Statements'}</h2>
        {entries.length >= SEARCHED_FROM && (
          <SearchInside label={`Search these ${noun}s`} value={search} onChange={setSearch} />
        )}
        <Segments
          name="filter"
          label={`Which ${noun}s`}
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
      {filtered.length === 0 && <NothingShown filter={filter} live={live} noun={noun} />}
      {filtered.length > 0 && shown.length === 0 && (
        <Empty icon="search" title={`No ${noun} has that in it`}>
          <p>Texts, results, rules and reasons are searched, as far as they are shown here.</p>
        </Empty>
      )}
      {earlier > 0 && (
        <p class="muted small">
          {count(earlier, `earlier ${noun}`)} not shown while it is live; the exports have them all.
        </p>
      )}
      <ol class="statements">
        {shown.map((entry) => (
          <StillStatement
            key={entry.statement}
            entry={entry}
            complete={complete}
            linked={entry.statement === linked}
            isCommand={ofHost}
          />
        ))}
      </ol>
      {omitted > 0 && (
        <p class="muted small">
          {count(omitted, `later ${noun}`)} not shown here; the exports have them all.
        </p>
      )}
      {live && shown.length > 0 && <p class="muted small">Live: new {noun}s appear here by themselves.</p>}
      {!live && !complete && omitted === 0 && (
        <p class="muted small">The recording ends here without a proper close.</p>
      )}
    </section>
  );
}

function SearchInside(props: {
  label: string;
  value: string;
  onChange: (text: string) => void;
}): JSX.Element {
  return (
    <label class="search search-inside">
      <Icon name="search" />
      <span class="spoken">{props.label}</span>
      <input
        type="search"
        class="input"
        placeholder={props.label}
        value={props.value}
        maxLength={SEARCH_CHARACTERS_MAX}
        onInput={(event) => props.onChange(event.currentTarget.value)}
      />
    </label>
  );
}

function NothingShown(props: { filter: TimelineFilter; live: boolean; noun: string }): JSX.Element {
  const { filter, live, noun } = props;
  if (filter === 'all') {
    return (
      <Empty icon="terminal" title={`No ${noun}s`}>
        <p>
          {live
            ? `Connected, and nothing has been sent yet. What runs appears here as it does.`
            : 'The client connected and left without sending any.'}
        </p>
      </Empty>
    );
  }
  return (
    <Empty icon="check" title={`Nothing was ${filter}`}>
      <p>Choose “All” to see every {noun} of this session.</p>
    </Empty>
  );
}

/** The statement that the address names, or what ran at the moment that it names; 0 for neither. */
function linkedStatement(place: Place, entries: TimelineOf['entries']): number {
  const named = /^#s-(\d{1,9})$/.exec(place.hash)?.[1];
  if (named !== undefined) return Number(named);
  const at = readMoment(place.search);
  return at === null ? 0 : (entries.findLast(({ atMs }) => Math.floor(atMs) <= at)?.statement ?? 0);
}

/** The browser looks for an address's place before the statements are there; this looks again. */
function useScrollToLinked(linked: number, ready: boolean): void {
  useEffect(() => {
    if (ready && linked > 0) document.getElementById(`s-${linked}`)?.scrollIntoView({ block: 'center' });
  }, [linked, ready]);
}
