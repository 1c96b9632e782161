/** What the list of sessions shows, as the page's address says it: an address can be sent to somebody else. */

/** In the order of the form. */
export const TEXT_FILTERS = ['who', 'resource', 'incident', 'table', 'file', 'since', 'until'] as const;
export type TextFilter = (typeof TEXT_FILTERS)[number];
export const FLAG_FILTERS = ['denied', 'held', 'masked'] as const;
export type FlagFilter = (typeof FLAG_FILTERS)[number];

export type SessionQuery = Readonly<Record<TextFilter, string>> &
  Readonly<Record<FlagFilter, boolean>> & {
    readonly search: string;
    readonly kind: string;
    readonly live: boolean;
  };

const VALUE_CHARACTERS_MAX = 200;

/** Never throws; what is not known is left out. */
export function readSessionQuery(search: string): SessionQuery {
  const query = new URLSearchParams(search);
  const text = (name: string): string => (query.get(name) ?? '').slice(0, VALUE_CHARACTERS_MAX);
  const flag = (name: string): boolean => query.get(name) === 'true';
  return {
    search: text('search'),
    kind: text('kind'),
    live: flag('live'),
    who: text('who'),
    resource: text('resource'),
    incident: text('incident'),
    table: text('table'),
    file: text('file'),
    since: text('since'),
    until: text('until'),
    denied: flag('denied'),
    held: flag('held'),
    masked: flag('masked'),
  };
}

/** The same as parameters; nothing for what is not set. */
export function sessionParameters(query: SessionQuery): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === true) parameters.set(name, 'true');
    else if (typeof value === 'string' && value.trim() !== '') parameters.set(name, value.trim());
  }
  return parameters;
}

/** As the API takes them: moments of the reader's own day. */
export function apiParameters(query: SessionQuery): URLSearchParams {
  const parameters = sessionParameters(query);
  for (const name of ['since', 'until'] as const) {
    const text = parameters.get(name);
    if (text === null) continue;
    // Without a time, a day lasts to its end.
    const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
    const moment = new Date(isDay ? `${text}T${name === 'since' ? '00:00:00' : '23:59:59.999'}` : text);
    if (Number.isNaN(moment.getTime())) parameters.delete(name);
    else parameters.set(name, moment.toISOString());
  }
  return parameters;
}

/** What leaves nothing narrowed but by the search itself. */
export const NO_FILTERS: Partial<SessionQuery> = {
  who: '',
  resource: '',
  kind: '',
  incident: '',
  table: '',
  file: '',
  since: '',
  until: '',
  denied: false,
  held: false,
  masked: false,
};

/** How many are set beside the search itself. */
export function countFilters(query: SessionQuery): number {
  const texts = [...TEXT_FILTERS, 'kind' as const].filter((name) => query[name].trim() !== '');
  return texts.length + FLAG_FILTERS.filter((name) => query[name]).length;
}

/** `?at=`: milliseconds since the session began; null without one. */
export function readMoment(search: string): number | null {
  const text = new URLSearchParams(search).get('at');
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) : null;
}

/** Where what was found is on its session's page. */
export function momentPath(
  sessionPath: string,
  hit: { readonly atMs: number; readonly statement: number | null },
): string {
  return `${sessionPath}?at=${hit.atMs}${hit.statement === null ? '' : `#s-${hit.statement}`}`;
}
