/**
 * A session with a host as asciicast v3 (docs.asciinema.org/manual/asciicast/v3): what its terminals showed, its
 * commands with their output, and marks for verdicts, holds and files. Sequences that do more than draw are left out,
 * because the cast is played in somebody's terminal; the JSON lines have them.
 */
import { AppError } from '../../core/errors.ts';
import type { RecordingEvent, SessionFacts } from '../events.ts';
import { type RecordingEvents, withTrailer } from '../reader.ts';
import { CastEvents } from './cast-events.ts';

/** Media type of the export. */
export const ASCIICAST_TYPE = 'application/x-asciicast';

const COLUMNS_DEFAULT = 80;
const ROWS_DEFAULT = 24;
const TERM_DEFAULT = 'xterm-256color';

/** A player skips what is longer, in seconds. */
const IDLE_SECONDS_MAX = 5;

type Channel = Extract<RecordingEvent, { readonly type: 'channel' }>;

/**
 * Yields whole lines with their line ends, as the recording is read.
 * @param options.channel one of the session's; all of them in one timeline when left out
 * @throws AppError `invalid_input` for a session with something else than a host; those of the reader
 */
export async function* exportAsciicast(
  events: RecordingEvents,
  options: { readonly channel?: number } = {},
): AsyncGenerator<string> {
  const cast = new CastEvents(options.channel ?? null);
  let facts: SessionFacts | null = null;
  let begun = false;
  for await (const item of withTrailer(events)) {
    if (item.type === 'recording') {
      if (!begun && facts !== null) yield lineOf(headerOf(facts, null));
      yield* cast.end(item).map(lineOf);
      return;
    }
    if (item.type === 'start') {
      facts = mustBeOfHost(item.facts);
      continue;
    }
    if (!begun && facts !== null && opens(item, options.channel)) {
      begun = true;
      yield lineOf(headerOf(facts, item));
    }
    if (begun) yield* cast.of(item).map(lineOf);
  }
}

/** The header has the size of the first terminal. */
function opens(event: RecordingEvent, channel: number | undefined): event is Channel {
  return event.type === 'channel' && (channel === undefined || event.channel === channel);
}

function mustBeOfHost(facts: SessionFacts): SessionFacts {
  if (facts.resourceKind === 'ssh') return facts;
  throw new AppError(
    'invalid_input',
    `Only a session with a host has a terminal to play; ${facts.resource} is of kind ${facts.resourceKind}. Export it as jsonl or text.`,
  );
}

function headerOf(facts: SessionFacts, channel: Channel | null): object {
  const { resource, role, holder, sessionId, incident, startedAt } = facts;
  const terminal = channel?.terminal ?? null;
  const timestamp = Math.floor((Date.parse(startedAt) + (channel?.atMs ?? 0)) / 1_000);
  return {
    version: 3,
    term: {
      cols: terminal?.columns ?? COLUMNS_DEFAULT,
      rows: terminal?.rows ?? ROWS_DEFAULT,
      type: terminal?.term ?? TERM_DEFAULT,
    },
    ...(Number.isNaN(timestamp) ? {} : { timestamp }),
    idle_time_limit: IDLE_SECONDS_MAX,
    title: `${holder.name} on ${resource} as ${role} (${sessionId})`,
    tags: ['sallyport', resource, role, ...(incident === null ? [] : [incident])],
  };
}

function lineOf(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
