/**
 * A recording as JSON lines: one event a line as in `events.ts`, last a `recording` line that says how it
 * ended. Characters that would drive a terminal are escaped the JSON way: the lines parse to the same.
 */
import { type RecordingEvents, withTrailer } from '../reader.ts';
import { UNSAFE_CHARACTERS } from './unsafe-characters.ts';

/** Media type of the export. */
export const JSON_LINES_TYPE = 'application/x-ndjson';

/** Yields whole lines with their line ends, as they are read. Errors are those of the reader. */
export async function* exportJsonLines(events: RecordingEvents): AsyncGenerator<string> {
  for await (const item of withTrailer(events)) yield `${escapeUnsafe(JSON.stringify(item))}\n`;
}

/** Inside JSON such a character stands in a text only, where its escape means the same. */
function escapeUnsafe(json: string): string {
  return json.replace(
    UNSAFE_CHARACTERS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
