/** The server's audit log as the lines of an export, page by page. */
import type { LogLine } from '../audit/log-line.ts';
import { LOG_EXTENT, LOG_PAGE, LOG_PAGE_EVENTS_MAX } from '../web/schemas/audit-log.ts';
import type { CliContext } from './context.ts';

/** Sequences, both included. */
export interface LogBounds {
  readonly first: number;
  readonly last: number;
}

/** @param time ISO 8601 @returns null when no events happened in this time; all there are without one */
export async function readLogBounds(
  { api }: CliContext,
  time: { readonly since?: string | undefined; readonly until?: string | undefined } = {},
): Promise<LogBounds | null> {
  const { first, last } = await api.get('/audit/extent', LOG_EXTENT, time);
  return first === null || last === null ? null : { first, last };
}

/** In order, each head behind its event, with progress on stderr. What is missing on the server is missing here. */
export async function* logLinesOf({ api, terminal }: CliContext, bounds: LogBounds): AsyncGenerator<LogLine> {
  const { first, last } = bounds;
  try {
    for (let from = first; from <= last; ) {
      const limit = Math.min(LOG_PAGE_EVENTS_MAX, last - from + 1);
      const { events, heads } = await api.get('/audit/log', LOG_PAGE, { from, limit });
      const newest = events.at(-1);
      if (newest === undefined) return;
      const waiting = heads[Symbol.iterator]();
      let next = waiting.next();
      for (const event of events) {
        if (event.sequence > last) return;
        yield { kind: 'event', event };
        for (; next.done !== true && next.value.sequence <= event.sequence; next = waiting.next()) {
          yield { kind: 'head', head: next.value };
        }
      }
      from = newest.sequence + 1;
      terminal.progress(progressOf({ done: from - first, total: last - first + 1 }));
    }
  } finally {
    terminal.progress(null);
  }
}

function progressOf({ done, total }: { readonly done: number; readonly total: number }): string {
  return `${Math.floor((100 * done) / total)}%  ${done} of ${total} events`;
}
