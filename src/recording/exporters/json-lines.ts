/** A recording as JSON lines: one event a line as in `events.ts`, last a `recording` line that says how it ended. */
import { type RecordingEvents, withTrailer } from '../reader.ts';

/** Media type of the export. */
export const JSON_LINES_TYPE = 'application/x-ndjson';

/** Yields whole lines with their line ends, as they are read. Errors are those of the reader. */
export async function* exportJsonLines(events: RecordingEvents): AsyncGenerator<string> {
  for await (const item of withTrailer(events)) yield `${JSON.stringify(item)}\n`;
}
