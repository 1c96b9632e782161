/**
 * Reads recordings for a search, those of live sessions too: a follower stands at the end of its file and goes on from
 * there when the file has grown, so that nothing is decoded twice. Nobody who records waits for it.
 */
import { stat } from 'node:fs/promises';
import { EventFollower } from './follow-events.ts';
import type { RecordingKeys } from './keys.ts';
import { recordingPath } from './layout.ts';
import { readRecording } from './reader.ts';
import { type RecordedWork, WorkFold } from './recorded-work.ts';

export interface FollowedWork {
  /** What is new or has changed, each once, as it is now. */
  readonly work: readonly RecordedWork[];
  /** Events read from the beginning of the recording. */
  readonly events: number;
  /** `more`: the limit was reached; `waiting`: at the end of a file that may grow; `end`: there is nothing more to come. */
  readonly state: 'more' | 'waiting' | 'end';
  /** Why it ends without its seal; null where it has that, or has not ended. */
  readonly problem: string | null;
}

export interface RecordingFollower {
  /**
   * Reads on.
   * @param options.sealed the file does not grow any more: its end is the end
   * @param options.known events that need not be told about: they are read, and nothing is said of them
   * @throws AppError as `readRecording`; the follower is of no use afterwards
   */
  read(options: {
    readonly sealed: boolean;
    readonly known: number;
    readonly workMax: number;
  }): Promise<FollowedWork>;
  close(): void;
}

export interface RecordingsToFollow {
  /** @returns null when no recording of the session can be reached from here */
  find(sessionId: string): Promise<{ readonly bytes: number; follow(): RecordingFollower } | null>;
}

/**
 * The recordings of a directory, by session.
 * @param of.locate finds those that are elsewhere, too; left out, only the directory is looked at
 */
export function openRecordingsToFollow(of: {
  readonly directory: string;
  readonly keys: RecordingKeys;
  readonly locate?: (sessionId: string) => Promise<string | null>;
}): RecordingsToFollow {
  return {
    find: async (sessionId) => {
      const path =
        of.locate === undefined ? recordingPath(of.directory, sessionId) : await of.locate(sessionId);
      const found = path === null ? null : await stat(path).catch(() => null);
      if (path === null || found?.isFile() !== true) return null;
      return { bytes: found.size, follow: () => new FileFollower({ path, keys: of.keys }) };
    },
  };
}

class FileFollower implements RecordingFollower {
  readonly #events: EventFollower;
  readonly #fold = new WorkFold();
  #count = 0;

  constructor(file: { readonly path: string; readonly keys: RecordingKeys }) {
    this.#events = new EventFollower((more) => readRecording({ ...file, more }));
  }

  async read(options: { sealed: boolean; known: number; workMax: number }): Promise<FollowedWork> {
    const { sealed, known, workMax } = options;
    const changed = new Map<number, RecordedWork>();
    const answer = (state: FollowedWork['state'], problem: string | null = null): FollowedWork => {
      return {
        work: [...changed.values()].map((work) => ({ ...work })),
        events: this.#count,
        state,
        problem,
      };
    };
    this.#events.goOn(true);
    while (changed.size < workMax) {
      const next = await this.#events.next();
      if (next.kind === 'waiting') {
        if (!sealed) return answer('waiting');
        this.#events.goOn(false);
        continue;
      }
      if (next.kind === 'end') {
        const { complete, problem } = next.end;
        return answer('end', complete ? null : (problem?.message ?? 'it has no seal'));
      }
      this.#count += 1;
      const work = this.#fold.take(next.event);
      if (work !== null && this.#count > known) changed.set(work.ordinal, work);
    }
    return answer('more');
  }

  close(): void {
    this.#events.close();
  }
}
