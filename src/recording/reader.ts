/** Reads the events of a recording back: of a live file as far as it goes, of a sealed one to its end. */
import { AppError } from '../core/errors.ts';
import { type AuthenticEnd, authenticatedParts } from './authenticated-frames.ts';
import type { SealKind } from './checkpoint.ts';
import { EVENTS_BYTES_MAX, EventDecoder } from './event-codec.ts';
import type { RecordingEvent } from './events.ts';
import type { RecordingSource } from './frame-source.ts';
import type { RecordingKeys } from './keys.ts';
import { unpack } from './packing.ts';
import type { RecordingProblem } from './problem.ts';

export interface RecordingEnd {
  /** True when the file is sealed and nothing in it is damaged; false for a live session, too. */
  readonly complete: boolean;
  readonly sealedBy: SealKind | null;
  /** Why reading stopped before the end of the file; null for a live or torn file. */
  readonly problem: RecordingProblem | null;
}

export type RecordingEvents = AsyncGenerator<RecordingEvent, RecordingEnd>;

/** What follows the last event in an export. */
export type RecordingTrailer = RecordingEnd & { readonly type: 'recording' };

/**
 * Yields the events in order, as far as the file is whole and authentic, in bounded memory.
 * @param input.more asked at the end of the file, of a session that lives: true once there may be more
 * @throws AppError `config_invalid` when the file belongs to other keys, `not_found`, `unavailable`
 */
export function readRecording(input: {
  path: string;
  keys: RecordingKeys;
  more?: () => Promise<boolean>;
}): RecordingEvents {
  const { path, keys, more } = input;
  // Not the input itself: whoever has the bytes of the file beside its path means the file.
  return eventsOf({ path, ...(more === undefined ? {} : { more }) }, keys);
}

/** As `readRecording`, of a recording that comes from another machine. */
export function readRelayedRecording(input: {
  chunks: AsyncIterable<Buffer>;
  keys: RecordingKeys;
}): RecordingEvents {
  return eventsOf({ chunks: input.chunks }, input.keys);
}

async function* eventsOf(source: RecordingSource, keys: RecordingKeys): RecordingEvents {
  const decoder = new EventDecoder();
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const item of authenticatedParts({ ...source, keys })) {
    if (item.kind === 'end') return endOf(item);
    if (item.kind === 'continuation') {
      held = [];
      heldBytes = 0;
      continue;
    }
    held.push(item.plaintext);
    heldBytes += item.plaintext.length;
    if (heldBytes > EVENTS_BYTES_MAX) return unreadable(item.offset);
    if (!item.last) continue;
    const together = Buffer.concat(held);
    const plaintext = item.packed ? unpack(together) : together;
    const events = plaintext === null ? null : decoder.decode(plaintext);
    if (events === null) return unreadable(item.offset);
    held = [];
    heldBytes = 0;
    yield* events;
  }
  throw new AppError('internal', 'A recording was read without coming to its end.');
}

/** The same events, and as the last item how the recording ended. */
export async function* withTrailer(
  events: RecordingEvents,
): AsyncGenerator<RecordingEvent | RecordingTrailer> {
  const end = yield* events;
  yield { type: 'recording', ...end };
}

function endOf(end: AuthenticEnd): RecordingEnd {
  const complete = end.sealedBy !== null && end.problem === null;
  return { complete, sealedBy: end.sealedBy, problem: end.problem };
}

/** Authentic, yet not an event that this program knows: written by a newer version. */
function unreadable(offset: number): RecordingEnd {
  const message = 'this event is not known to this version of the program';
  return { complete: false, sealedBy: null, problem: { code: 'unknown_event', message, offset } };
}
