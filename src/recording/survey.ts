/** What recovery needs to know of a recording: where its authentic part ends, and how much is in it. */
import { AppError, isAppError } from '../core/errors.ts';
import { type AuthenticEnd, authenticatedParts } from './authenticated-frames.ts';
import { isJournalled } from './events.ts';
import type { RecordingKeys } from './keys.ts';
import { unpack } from './packing.ts';

export interface Survey {
  readonly end: AuthenticEnd;
  /** Complete events that went through the journal. */
  readonly journalled: number;
}

const LINE_FEED = 0x0a;

/** Null when there is no file. Throws as `authenticatedParts` does otherwise. */
export async function surveyRecording(input: { path: string; keys: RecordingKeys }): Promise<Survey | null> {
  let journalled = 0;
  let held: Buffer[] = [];
  try {
    for await (const item of authenticatedParts(input)) {
      if (item.kind === 'end') return { end: item, journalled };
      if (item.kind === 'continuation') {
        held = [];
        continue;
      }
      held.push(item.plaintext);
      if (!item.last) continue;
      const together = held.length === 1 ? item.plaintext : Buffer.concat(held);
      const plaintext = item.packed ? unpack(together) : together;
      if (plaintext === null) throw new AppError('recording_failed', 'A packed frame cannot be unpacked.');
      journalled += countJournalled(plaintext);
      held = [];
    }
    return null;
  } catch (error) {
    if (isAppError(error, 'not_found')) return null;
    throw error;
  }
}

function countJournalled(lines: Buffer): number {
  let count = 0;
  for (let at = 0; at < lines.length; ) {
    const found = lines.indexOf(LINE_FEED, at);
    const end = found === -1 ? lines.length : found;
    if (isJournalled(typeOf(lines.toString('utf8', at, end)))) count += 1;
    at = end + 1;
  }
  return count;
}

/** An authentic line is an event, of whatever version. */
function typeOf(line: string): unknown {
  const event: unknown = JSON.parse(line);
  return typeof event === 'object' && event !== null && 'type' in event ? event.type : null;
}
