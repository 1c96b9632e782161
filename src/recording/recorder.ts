/**
 * The recording of one session, as its broker sees it. A statement is appended with its verdict and flushed
 * before anything is forwarded: what flush() returned for is in the journal, hence in the kernel, and survives
 * the process. What only tells what came of it is noted instead: a client that does not pause should not wait
 * for it.
 */
import type { JournalledInput, NotedEvent } from './events.ts';

/** What a sealed recording is known by: the audit log and the session's summary carry the head. */
export interface SealedRecording {
  /** Hex chain value over the whole file. */
  readonly headHex: string;
  readonly bytes: number;
}

export interface Recorder {
  readonly path: string;
  /**
   * Takes an event; it is on disk after flush(), and in the session's own file within 100 ms.
   * @param template for a statement: the object that stands for its analysis (see `EventEncoder`)
   * @throws AppError `recording_failed` once the recorder failed or was closed; `too_large` for an
   *   event above 64 MiB, which leaves the recorder as it was
   */
  append(event: JournalledInput, template?: object): void;
  /**
   * Takes an event that nothing waits for; it is written within 100 ms, in the order of the notes. The event
   * must not change any more.
   * @throws AppError `recording_failed` once the recorder failed or was closed
   */
  note(event: NotedEvent): void;
  /**
   * One write of everything that any session of the journal appended since the last; returns before anything
   * may be forwarded.
   * @throws AppError `recording_failed`
   */
  flush(): void;
  /**
   * Called once, when the recorder has failed, also where nobody calls it just then: what is noted is written later.
   * One listener; at once when it failed before.
   */
  onFailure(listener: () => void): void;
  /**
   * Seals the file with a signed closing checkpoint and syncs it. A second call gives the first's answer.
   * @throws AppError `recording_failed`; the file is then left for recovery
   */
  close(): Promise<SealedRecording>;
}
