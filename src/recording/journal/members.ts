/** Whose lines a journal holds, and from where on they are needed: by recorders, or by the recovery of those that failed. */
import type { RecordingKeys } from '../keys.ts';
import { hasNothingToSeal, isSealed } from './sealed.ts';

/** A session that is being recorded. */
export interface JournalMember {
  readonly sessionId: string;
  /** The oldest segment with a line that its own file does not hold on stable storage; null when it holds all. */
  readonly pinnedSegment: number | null;
  /** The journal failed, and the recording with it. */
  fail(cause: unknown): void;
}

export class JournalMembers {
  readonly #directory: string;
  readonly #keys: RecordingKeys;
  readonly #live = new Set<JournalMember>();
  /** Sessions whose recorder failed, with the first segment that their recovery needs. */
  readonly #abandoned = new Map<string, number>();

  constructor({ directory, keys }: { directory: string; keys: RecordingKeys }) {
    this.#directory = directory;
    this.#keys = keys;
  }

  /** How many are being recorded. */
  get live(): number {
    return this.#live.size;
  }

  has(sessionId: string): boolean {
    for (const member of this.#live) if (member.sessionId === sessionId) return true;
    return false;
  }

  /** Everyone whom a new segment has to name. */
  sessionIds(): string[] {
    return [...[...this.#live].map(({ sessionId }) => sessionId), ...this.#abandoned.keys()];
  }

  join(member: JournalMember): void {
    this.#live.add(member);
  }

  /** @returns false when it had left before */
  leave(member: JournalMember): boolean {
    return this.#live.delete(member);
  }

  /** @param segment the one that is written to now */
  abandon(member: JournalMember, segment: number): void {
    if (!this.#live.delete(member)) return;
    this.#abandoned.set(member.sessionId, member.pinnedSegment ?? segment);
  }

  /** Those that are being recorded; afterwards it knows nobody. */
  takeAll(): JournalMember[] {
    const members = [...this.#live];
    this.#live.clear();
    this.#abandoned.clear();
    return members;
  }

  /** @param segment the one that is written to now */
  oldestNeeded(segment: number): number {
    let oldest = segment;
    for (const { pinnedSegment } of this.#live) oldest = Math.min(oldest, pinnedSegment ?? oldest);
    for (const pinned of this.#abandoned.values()) oldest = Math.min(oldest, pinned);
    return oldest;
  }

  /** Looks at the files of those whose recorder failed. @returns whether nobody is left who waits for recovery */
  forgetSealed(): boolean {
    const [directory, keys] = [this.#directory, this.#keys];
    for (const sessionId of this.#abandoned.keys()) {
      if (isSealed({ directory, keys, sessionId }) || hasNothingToSeal({ directory, sessionId }))
        this.#abandoned.delete(sessionId);
    }
    return this.#abandoned.size === 0;
  }
}
