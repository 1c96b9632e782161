/**
 * Reads recordings for a search, those of live sessions too: a follower stands at the end of its file and goes on from
 * there when the file has grown, so that nothing is decoded twice. Nobody who records waits for it.
 */
import { stat } from 'node:fs/promises';
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

type Next = Awaited<ReturnType<ReturnType<typeof readRecording>['next']>>;

class FileFollower implements RecordingFollower {
  readonly #events: ReturnType<typeof readRecording>;
  readonly #fold = new WorkFold();
  /** Set while the reader stands at the end of the file. */
  #goOn: ((grows: boolean) => void) | null = null;
  #atEnd = Promise.withResolvers<'at end'>();
  /** Asked for and not answered: the reader stands at the end of the file. */
  #next: Promise<Next> | null = null;
  #count = 0;

  constructor(file: { readonly path: string; readonly keys: RecordingKeys }) {
    this.#events = readRecording({
      ...file,
      more: () =>
        new Promise((resolve) => {
          this.#goOn = resolve;
          this.#atEnd.resolve('at end');
        }),
    });
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
    this.#wake(true);
    while (changed.size < workMax) {
      this.#next ??= this.#events.next();
      const next = await Promise.race([this.#next, this.#atEnd.promise]);
      if (next === 'at end') {
        if (!sealed) return answer('waiting');
        this.#wake(false);
        continue;
      }
      this.#next = null;
      if (next.done === true) {
        const { complete, problem } = next.value;
        return answer('end', complete ? null : (problem?.message ?? 'it has no seal'));
      }
      this.#count += 1;
      const work = this.#fold.take(next.value);
      if (work !== null && this.#count > known) changed.set(work.ordinal, work);
    }
    return answer('more');
  }

  close(): void {
    this.#wake(false);
    const end = { complete: false, sealedBy: null, problem: null };
    // What it is about to read is thrown away, and so is why that failed.
    this.#next?.catch(() => undefined);
    void this.#events.return(end).catch(() => undefined);
  }

  #wake(grows: boolean): void {
    const goOn = this.#goOn;
    if (goOn === null) return;
    this.#goOn = null;
    this.#atEnd = Promise.withResolvers();
    goOn(grows);
  }
}
