import type { StoredObject } from './upload.ts';

/** What is known of recordings beside the files: the database. */
export interface RecordingIndex {
  /** Of these, those that this process may send, with their head when they are sealed. */
  claim(sessionIds: readonly string[], forMs: number): Promise<readonly ClaimedRecording[]>;
  release(): Promise<void>;
  /** @returns false when it was deleted meanwhile */
  noteStored(sessionId: string, object: StoredObject): Promise<boolean>;
  find(sessionIds: readonly string[]): Promise<ReadonlyMap<string, IndexedRecording>>;
  /** Sessions whose recording was deleted since then. */
  deletedSince(since: Date): Promise<readonly string[]>;
  /** Seals what recorders that died have left on this server. */
  sealLeft(sessionIds: readonly string[]): Promise<void>;
}

interface ClaimedRecording {
  readonly sessionId: string;
  /** Of the sealed recording; null while the session runs or is not sealed. */
  readonly headHex: string | null;
}

interface IndexedRecording {
  readonly stored: StoredObject | null;
  readonly deletedAt: Date | null;
  /** Its session runs, or a process sends it. */
  readonly inUse: boolean;
}
