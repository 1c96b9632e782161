/** What the list of requests shows, as the page's address says it: an address can be sent to somebody else. */
import { REQUEST_STATES, type RequestState } from '../../core/request.ts';

/** Which of them: all, those for my vote, those that wait, mine, those that I voted on. */
const SHOWS = ['all', 'vote', 'pending', 'mine', 'voted'] as const;
export type Show = (typeof SHOWS)[number];
const REQUEST_FILTERS = ['who', 'resource', 'incident'] as const;

export type RequestQuery = Readonly<Record<(typeof REQUEST_FILTERS)[number], string>> & {
  readonly show: Show;
  /** Empty for any. */
  readonly state: RequestState | '';
};

const VALUE_CHARACTERS_MAX = 200;
const PARAMETERS_OF_SHOW: Readonly<Record<Show, Readonly<Record<string, string>>>> = {
  all: {},
  vote: { forMe: 'true' },
  pending: { state: 'pending' },
  mine: { mine: 'true' },
  voted: { voted: 'true' },
};

/** Never throws; what is not known is left out. */
export function readRequestQuery(search: string): RequestQuery {
  const query = new URLSearchParams(search);
  const text = (name: string): string => (query.get(name) ?? '').slice(0, VALUE_CHARACTERS_MAX);
  return {
    show: SHOWS.find((show) => show === query.get('show')) ?? 'all',
    state: REQUEST_STATES.find((state) => state === query.get('state')) ?? '',
    who: text('who'),
    resource: text('resource'),
    incident: text('incident'),
  };
}

/** The same as a place of ours; nothing in it for what is not set. */
export function requestsPath(query: RequestQuery): string {
  const given = Object.entries(query).filter(([, value]) => value.trim() !== '' && value !== 'all');
  const parameters = new URLSearchParams(
    Object.fromEntries(given.map(([name, value]) => [name, value.trim()])),
  );
  return parameters.size === 0 ? '/requests' : `/requests?${parameters}`;
}

/** As the API takes them. What waits for a vote is nobody's to narrow, and what waits has its state. */
export function requestParameters(query: RequestQuery): URLSearchParams {
  const { show, ...filters } = query;
  const given = Object.entries(filters).map(([name, value]) => [name, value.trim()]);
  const narrowed = show === 'vote' ? [] : given.filter(([, value]) => value !== '');
  return new URLSearchParams({ ...Object.fromEntries(narrowed), ...PARAMETERS_OF_SHOW[show] });
}

/** How many are set beside the choice of which. */
export function countRequestFilters({ show, state, ...texts }: RequestQuery): number {
  if (show === 'vote') return 0;
  const given = Object.values(texts).filter((text) => text.trim() !== '').length;
  return given + (state !== '' && show !== 'pending' ? 1 : 0);
}

export const NO_REQUEST_FILTERS = { state: '', who: '', resource: '', incident: '' } as const;
