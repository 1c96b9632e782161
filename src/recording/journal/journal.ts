/**
 * The journal of one process: a write-ahead log for the recordings of all its sessions. The relays of one turn
 * of the event loop share a write (and with `strict` a sync), instead of sealing and writing a file each; each
 * session's own file is written in the background. Only recovery reads a journal. docs/recording-format.md,
 * "Journal".
 *
 * A segment is removed, oldest first, when the lines in it are on stable storage in the sessions' own files, and
 * the last one when no session is open: a journal on disk belongs to a session that is not sealed.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, fdatasync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type Clock, systemClock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import type { RandomBytes } from '../../store/sealing.ts';
import { BackgroundSync, syncDirectory, syncDirectoryNow } from '../background-sync.ts';
import type { RecordingKeys } from '../keys.ts';
import { journalPath, prepareRecordingDirectory } from '../layout.ts';
import type { Spool } from '../storage/spool.ts';
import { SyncQueue } from '../sync-queue.ts';
import { encodeEntry, type JournalEntry } from './format.ts';
import { type JournalMember, JournalMembers } from './members.ts';
import { JournalSegment } from './segment.ts';

const SEGMENT_BYTES = 16 * 1_048_576;
/** UTF-16 code units; with more than this pending, add() writes by itself. */
const PENDING_MAX = 1_048_576;
const SYNC_MS_MAX = 60_000;
const ID_BYTES = 8;

const fdatasyncOf = promisify(fdatasync);

/** `strict`: one sync for each write. A number: in the background, within so many milliseconds. */
export type SyncSetting = 'strict' | number;

export interface JournalInput {
  readonly directory: string;
  readonly keys: RecordingKeys;
  /** Asked for each write: the policy in force may change it. */
  readonly sync: SyncSetting | (() => SyncSetting);
  readonly clock?: Clock;
  readonly random?: RandomBytes;
  /** A segment that has so many bytes is followed by another (16 MiB). */
  readonly segmentBytes?: number;
  /** Counts what is written, and refuses to begin where there is no room. */
  readonly spool?: Pick<Spool, 'wrote' | 'requireRoom'>;
}

export class Journal {
  readonly directory: string;
  readonly keys: RecordingKeys;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly #spool: JournalInput['spool'];
  readonly #sync: () => SyncSetting;
  readonly #segmentBytes: number;
  readonly #background: BackgroundSync;
  readonly #queue = new SyncQueue();
  readonly #removals = new SyncQueue();
  readonly #members: JournalMembers;
  #id: string;
  #current: JournalSegment | null = null;
  /** Numbers of those on disk, the current one last. */
  #segments: number[] = [];
  #segmentsMade = 0;
  #pending = '';
  #fresh: (() => Promise<void>)[] = [];
  #directoryDirty = false;

  /**
   * Makes no file before the first session.
   * @throws AppError `invalid_input` for a sync interval that cannot be
   */
  constructor(input: JournalInput) {
    const { sync } = input;
    this.directory = input.directory;
    this.keys = input.keys;
    this.clock = input.clock ?? systemClock;
    this.random = input.random ?? randomBytes;
    this.#sync = typeof sync === 'function' ? sync : () => sync;
    this.#segmentBytes = input.segmentBytes ?? SEGMENT_BYTES;
    this.#spool = input.spool;
    this.#members = new JournalMembers(input);
    this.#id = this.#newId();
    const setting = this.#sync();
    if (setting !== 'strict' && !(setting >= 1 && setting <= SYNC_MS_MAX))
      throw new AppError('invalid_input', `The sync interval must be 1 to ${SYNC_MS_MAX} ms, or strict.`);
    this.#background = new BackgroundSync({
      everyMs: () => {
        const now = this.#sync();
        return now === 'strict' ? 1 : now;
      },
      sync: () => this.#syncWritten(),
    });
  }

  /** What the recordings that begin now name it by. */
  get id(): string {
    return this.#id;
  }

  get isStrict(): boolean {
    return this.#sync() === 'strict';
  }

  /** Number of the segment that is written to; lines that are pending go there or behind it. */
  get segment(): number {
    return this.#segmentsMade;
  }

  /**
   * Names a session in the journal, before anything is in its file. After a failure the next session begins
   * another journal.
   * @throws whatever the disk answers; every recording of this journal has failed then
   */
  join(member: JournalMember): void {
    // Its last sessions may have been sealed, and the files removed, by recovery.
    if (this.#members.live === 0) this.reclaim();
    this.#members.join(member);
    this.#guard(() => {
      if (this.#current === null) this.#begin();
      else this.#write(openings([member.sessionId]));
      if (this.#current?.isUnlinked === true) throw new Error('the journal was removed');
    });
  }

  /**
   * Takes a line of a session; it is on disk after flush().
   * @throws as flush() does, when much is pending
   */
  add(entry: JournalEntry): void {
    this.#pending += encodeEntry(entry);
    if (this.#pending.length > PENDING_MAX) this.flush();
  }

  /**
   * One write of everything that any session added since the last.
   * @throws whatever the disk answers; every recording of this journal has failed then
   */
  flush(): void {
    if (this.#pending === '') return;
    const text = this.#pending;
    this.#pending = '';
    this.#guard(() => this.#write(text));
  }

  /** @throws AppError `recording_failed` when no recording may begin, because too much waits for object storage */
  requireRoom(): void {
    this.#spool?.requireRoom();
  }

  /** True from the beginning of a session's recording until it is sealed, or has failed. */
  isRecording(sessionId: string): boolean {
    return this.#members.has(sessionId);
  }

  /** A session's own file has grown. */
  wrote(bytes: number): void {
    this.#spool?.wrote(bytes);
  }

  /** Its file is sealed and on stable storage. */
  leave(member: JournalMember): void {
    if (this.#members.leave(member)) this.reclaim();
  }

  /** Its recorder failed: what recovery needs of it stays. */
  abandon(member: JournalMember): void {
    this.#members.abandon(member, this.segment);
  }

  /** A session's file may have been made durable: removes what nobody needs any more. */
  reclaim(): void {
    if (this.#members.live === 0 && this.#members.forgetSealed()) {
      this.#removeAll();
      return;
    }
    let [oldest] = this.#segments;
    while (oldest !== undefined && oldest < this.#members.oldestNeeded(this.segment)) {
      this.#remove(oldest);
      this.#segments.shift();
      [oldest] = this.#segments;
    }
  }

  /** A new file becomes durable with the next sync of the journal. @param sync must not reject */
  syncWithNext(sync: () => Promise<void>): void {
    this.#fresh.push(sync);
    this.#directoryDirty = true;
    this.#background.wrote();
  }

  /** A file becomes durable when its turn comes. @param sync must not reject */
  syncInTurn(sync: () => Promise<void>): void {
    this.#queue.add(sync);
  }

  /** Resolves when nothing is left to do; what open or failed recordings need for their recovery stays. */
  async close(): Promise<void> {
    await this.#queue.idle();
    await this.#background.stop();
    try {
      this.flush();
      this.reclaim();
      this.#current?.sync();
    } catch (error) {
      this.#fail(error);
    }
    if (this.#current !== null) this.#retire(this.#current);
    this.#current = null;
    await this.#removals.idle();
  }

  #newId(): string {
    return `j-${Buffer.from(this.random(ID_BYTES)).toString('hex')}`;
  }

  #write(text: string): void {
    if (this.#current === null) throw new Error('the journal has no segment');
    if (this.#current.bytes >= this.#segmentBytes) this.#rotate(this.#current);
    const { isStrict } = this;
    this.#current.append(text);
    if (isStrict) {
      this.#current.sync();
      if (this.#current.isUnlinked) throw new Error('the journal was removed');
    } else {
      this.#background.wrote();
    }
  }

  /** What is before another segment is complete, so that only the last one can end in the middle. */
  #rotate(full: JournalSegment): void {
    full.sync();
    this.#current = null;
    this.#retire(full);
    this.#begin();
    syncDirectoryNow(this.directory);
    this.#members.forgetSealed();
    this.reclaim();
  }

  /** Each segment names every session that may need it. */
  #begin(): void {
    prepareRecordingDirectory({ directory: this.directory, publicKeyPem: this.keys.publicKeyPem });
    this.#segmentsMade += 1;
    this.#current = new JournalSegment({
      directory: this.directory,
      keys: this.keys,
      clock: this.clock,
      random: this.random,
      journalId: this.#id,
      segment: this.#segmentsMade,
      firstText: openings(this.#members.sessionIds()),
    });
    this.#segments.push(this.#segmentsMade);
    if (this.isStrict) {
      this.#current.sync();
      syncDirectoryNow(this.directory);
    } else {
      this.#directoryDirty = true;
      this.#background.wrote();
    }
  }

  async #syncWritten(): Promise<void> {
    const segment = this.#current;
    const fresh = this.#fresh;
    const directoryDirty = this.#directoryDirty;
    this.#fresh = [];
    this.#directoryDirty = false;
    try {
      if (segment !== null) await fdatasyncOf(segment.fd);
      // Behind the journal that must know them.
      await Promise.all(fresh.map(async (sync) => sync()));
      if (directoryDirty) await syncDirectory(this.directory);
      if (segment?.isUnlinked === true && segment === this.#current)
        throw new Error('the journal was removed');
    } catch (error) {
      // A journal that was given up meanwhile fails nobody any more.
      if (segment === this.#current) this.#fail(error);
    }
  }

  #removeAll(): void {
    const current = this.#current;
    this.#current = null;
    this.#pending = '';
    for (const segment of this.#segments) this.#remove(segment);
    this.#segments = [];
    if (current !== null) this.#retire(current);
  }

  /** In order, so that what is left has no gap. */
  #remove(segment: number): void {
    const path = journalPath(this.directory, { journalId: this.#id, segment });
    const { id } = this;
    this.#removals.add(async () => {
      try {
        await rm(path, { force: true });
      } catch (error) {
        if (id === this.#id) this.#fail(error);
      }
    });
  }

  #retire(segment: JournalSegment): void {
    this.#removals.add(async () => {
      await this.#background.idle();
      try {
        closeSync(segment.fd);
      } catch {
        // Broken already: there is nothing left to give back.
      }
    });
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** Everyone's recording fails; the files stay for recovery, and the next session begins another journal. */
  #fail(cause: unknown): void {
    const members = this.#members.takeAll();
    const current = this.#current;
    this.#pending = '';
    this.#current = null;
    this.#segments = [];
    this.#segmentsMade = 0;
    this.#id = this.#newId();
    if (current !== null) this.#retire(current);
    for (const member of members) member.fail(cause);
  }
}

function openings(sessionIds: readonly string[]): string {
  return sessionIds.map((sessionId) => encodeEntry({ sessionId, ordinal: 0, line: '' })).join('');
}
