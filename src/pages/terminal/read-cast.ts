/** Reads a session's cast from the API, up to what a browser can hold. */

/** Characters. A player holds all of it. */
const CAST_CHARACTERS_MAX = 64 * 1_024 * 1_024;

/** What is said in the player's place. */
export class CastUnavailable extends Error {}

/** @throws CastUnavailable with a sentence for the reader */
export async function readCast(session: string): Promise<string> {
  const response = await fetch(`/api/v1/sessions/${session}/export?format=asciicast`, {
    credentials: 'same-origin',
  });
  if (!response.ok || response.body === null) {
    throw new CastUnavailable(
      response.status === 404
        ? 'There is no recording of this session here.'
        : `The recording could not be read (${response.status}). Load the page again to try once more.`,
    );
  }
  const parts: string[] = [];
  let length = 0;
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    parts.push(part);
    length += part.length;
    if (length > CAST_CHARACTERS_MAX) {
      throw new CastUnavailable(
        `This recording is too long for a browser. Play it in a terminal: sallyport replay ${session}`,
      );
    }
  }
  return parts.join('');
}

export interface Standing {
  /** False once it has ended, and when that cannot be found out. */
  readonly live: boolean;
  /** Since the epoch; null when it cannot be found out. */
  readonly startedAtMs: number | null;
}

export async function readStanding(session: string): Promise<Standing> {
  const response = await fetch(`/api/v1/sessions/${session}`, { credentials: 'same-origin' });
  const found: unknown = response.ok ? await response.json() : null;
  if (typeof found !== 'object' || found === null) return { live: false, startedAtMs: null };
  const startedAtMs = 'startedAt' in found ? Date.parse(String(found.startedAt)) : Number.NaN;
  return {
    live: 'live' in found && found.live === true,
    startedAtMs: Number.isNaN(startedAtMs) ? null : startedAtMs,
  };
}
