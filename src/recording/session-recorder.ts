/**
 * Writes one session's own file behind the journal: lines are collected, then sealed and written together, in
 * the background. After the first failure nothing is written any more, so the file stays a clean prefix and
 * recovery completes it from the journal.
 */
import { type AppError, isAppError, messageOf } from '../core/errors.ts';
import { syncDirectory, syncDirectoryNow } from './background-sync.ts';
import { EventEncoder } from './event-codec.ts';
import {
  isHostEvent,
  type JournalledInput,
  type NotedEvent,
  type RecordingInput,
  type SessionFacts,
} from './events.ts';
import { recordingFailure } from './failure.ts';
import type { Journal } from './journal/journal.ts';
import type { JournalMember } from './journal/members.ts';
import type { Recorder, SealedRecording } from './recorder.ts';
import { RecordingSealer } from './sealer.ts';
import { SessionFile } from './session-file.ts';

/** A signature at least this often while much is recorded. */
const CHECKPOINT_FRAMES = 64;
/** A signature, and a sync of the file, at most this long after a frame. */
const CHECKPOINT_MS = 5_000;
/** UTF-16 code units; longer lines together are sealed and written before more are added. */
const LINES_MAX = 262_144;
/** A reader of the live recording sees events at most this late. */
const WRITE_MS = 100;
const NOTES_MAX = 64;
/** Between two statements: a client with pauses like this has its events written in their order. */
const QUIET_MS = 5;
/** Output of hosts is collected for half of the time that may pass until it is written. */
const WRITE_OUTPUT_MS = 50;

type State =
  | { readonly kind: 'open' }
  | { readonly kind: 'closing'; readonly result: Promise<SealedRecording> }
  | { readonly kind: 'failed'; readonly error: AppError };

export class SessionRecorder implements Recorder, JournalMember {
  readonly path: string;
  readonly sessionId: string;
  readonly #journal: Journal;
  readonly #file: SessionFile;
  readonly #sealer: RecordingSealer;
  readonly #encoder = new EventEncoder();
  #state: State = { kind: 'open' };
  /** Of events that went to the journal. */
  #ordinal = 0;
  #pinnedSegment: number | null = null;
  #lastAtMs = 0;
  /** Encoded, but neither sealed nor written. */
  #lines = '';
  #notes: NotedEvent[] = [];
  /** Among the notes is one that keeps its place among the statements. */
  #notesInPlace = false;
  #writeTimer: NodeJS.Timeout | null = null;
  #checkpointTimer: NodeJS.Timeout | null = null;
  /** Its turn to be synced has not come: on a slow disk turns must not pile up. */
  #waitsForSync = false;
  #tellFailure: () => void = () => undefined;

  /** @throws whatever the disk answers, and AppError */
  constructor(input: { journal: Journal; facts: SessionFacts; path: string }) {
    const { journal, facts } = input;
    const { keys, clock, random } = journal;
    this.path = input.path;
    this.sessionId = facts.sessionId;
    this.#journal = journal;
    this.#sealer = new RecordingSealer({
      sessionId: facts.sessionId,
      keys: keys.newest,
      clock,
      random,
      from: { journal: journal.id },
    });
    this.#file = new SessionFile(input.path);
    this.#guard(() => {
      journal.join(this);
      this.#begin(facts);
    });
  }

  /** The file's beginning: what is in no journal, and without which nothing can be added to the file. */
  #begin(facts: SessionFacts): void {
    const start = this.#encoder.encode({ type: 'start', atMs: 0, facts });
    const frames = [this.#sealer.start, ...this.#sealer.events(start), this.#sealer.checkpoint('interval')];
    try {
      this.#write(Buffer.concat(frames));
    } catch (error) {
      // Nothing to seal then, and nothing that the journal would have to wait for.
      this.#file.empty();
      throw error;
    }
    if (this.#journal.isStrict) {
      this.#file.syncNow();
      syncDirectoryNow(this.#journal.directory);
    } else {
      this.#journal.syncWithNext(() => this.#syncFile());
    }
  }

  get pinnedSegment(): number | null {
    return this.#pinnedSegment;
  }

  append(event: JournalledInput, template?: object): void {
    this.#assertOpen();
    this.#guard(() => {
      // Only statements in quick succession may overtake what is known of those before them.
      if (event.type !== 'statement' || this.#notesInPlace || event.atMs - this.#lastAtMs > QUIET_MS)
        this.#takeNotes();
      const line = this.#encoder.encode(event, template);
      this.#lastAtMs = event.atMs;
      this.#ordinal += 1;
      this.#pinnedSegment ??= this.#journal.segment;
      this.#journal.add({ sessionId: this.sessionId, ordinal: this.#ordinal, line });
      this.#addLine(line);
    });
    this.#writeTimer ??= setTimeout(() => this.#writeSoon(), WRITE_MS);
  }

  note(event: NotedEvent): void {
    this.#assertOpen();
    this.#notes.push(event);
    const inPlace = isHostEvent(event);
    if (inPlace) this.#notesInPlace = true;
    if (this.#notes.length >= NOTES_MAX) this.#guard(() => this.#takeNotes());
    this.#writeTimer ??= setTimeout(() => this.#writeSoon(), inPlace ? WRITE_OUTPUT_MS : WRITE_MS);
  }

  flush(): void {
    this.#assertOpen();
    this.#guard(() => this.#journal.flush());
  }

  onFailure(listener: () => void): void {
    this.#tellFailure = listener;
    if (this.#state.kind === 'failed') listener();
  }

  close(): Promise<SealedRecording> {
    if (this.#state.kind === 'closing') return this.#state.result;
    if (this.#state.kind === 'failed') return Promise.reject(this.#state.error);
    const result = this.#sealAndClose();
    // Its first part ran already and may have failed: a recorder that failed stays failed.
    if (this.#state.kind === 'open') this.#state = { kind: 'closing', result };
    return result;
  }

  /** One that is being sealed needs its journal no more. */
  fail(cause: unknown): void {
    if (this.#state.kind === 'open') this.#fail(cause);
  }

  async #sealAndClose(): Promise<SealedRecording> {
    this.#stopTimers();
    try {
      // Should sealing fail, recovery has the end of the session, too.
      this.#journal.flush();
      this.#takeNotes();
      this.#writeLines();
      this.#write(this.#sealer.checkpoint('close'));
      await this.#file.finish();
      await syncDirectory(this.#journal.directory);
    } catch (error) {
      throw this.#fail(error);
    }
    this.#journal.leave(this);
    return { headHex: this.#sealer.headHex, bytes: this.#file.bytes };
  }

  #writeSoon(): void {
    this.#writeTimer = null;
    this.#whileOpen(() => {
      this.#takeNotes();
      this.#writeLines();
    });
  }

  /** An idle session's last events get signed too, and made durable: then it needs no journal. */
  #scheduleCheckpoint(): void {
    if (this.#checkpointTimer !== null) return;
    this.#checkpointTimer = setTimeout(() => {
      this.#checkpointTimer = null;
      this.#whileOpen(() => {
        this.#writeLines();
        if (this.#sealer.framesUnsigned > 0) this.#write(this.#sealer.checkpoint('interval'));
      });
      this.#syncInTurn();
    }, CHECKPOINT_MS);
    this.#checkpointTimer.unref();
  }

  #syncInTurn(): void {
    if (this.#waitsForSync) return;
    this.#waitsForSync = true;
    this.#journal.syncInTurn(() => {
      this.#waitsForSync = false;
      return this.#syncFile();
    });
  }

  /** Never rejects. */
  async #syncFile(): Promise<void> {
    if (this.#state.kind !== 'open') return;
    try {
      this.#writeLines();
      const { segment } = this.#journal;
      const ordinal = this.#ordinal;
      await this.#file.sync();
      this.#pinnedSegment = ordinal === this.#ordinal ? null : segment;
      this.#journal.reclaim();
    } catch (error) {
      this.#fail(error);
    }
  }

  #takeNotes(): void {
    const notes = this.#notes;
    if (notes.length === 0) return;
    this.#notes = [];
    this.#notesInPlace = false;
    for (const event of notes) this.#addLine(this.#encodeNote(event));
  }

  #encodeNote(event: RecordingInput): string {
    try {
      return this.#encoder.encode(event);
    } catch (error) {
      // A note has no caller to refuse it to.
      throw new Error(messageOf(error), { cause: error });
    }
  }

  #addLine(line: string): void {
    if (this.#lines.length > 0 && this.#lines.length + line.length > LINES_MAX) this.#writeLines();
    this.#lines = this.#lines === '' ? line : `${this.#lines}\n${line}`;
  }

  /** Seals and writes everything that is encoded. */
  #writeLines(): void {
    if (this.#lines === '') return;
    const frames = this.#sealer.events(this.#lines);
    this.#lines = '';
    if (this.#sealer.framesUnsigned >= CHECKPOINT_FRAMES) frames.push(this.#sealer.checkpoint('interval'));
    const [only] = frames;
    this.#write(frames.length === 1 && only !== undefined ? only : Buffer.concat(frames));
    this.#scheduleCheckpoint();
  }

  #write(bytes: Buffer): void {
    this.#file.write(bytes);
    this.#journal.wrote(bytes.length);
  }

  #stopTimers(): void {
    if (this.#checkpointTimer !== null) clearTimeout(this.#checkpointTimer);
    if (this.#writeTimer !== null) clearTimeout(this.#writeTimer);
  }

  #assertOpen(): void {
    if (this.#state.kind === 'failed') throw this.#state.error;
    if (this.#state.kind === 'closing') throw recordingFailure(this.sessionId, new Error('it is closed'));
  }

  /** Any fault ends the recording, except an event that was refused before anything was written of it. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (isAppError(error, 'too_large')) throw error;
      throw this.#fail(error);
    }
  }

  /** For work that nobody waits for. */
  #whileOpen(work: () => void): void {
    if (this.#state.kind !== 'open') return;
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(cause: unknown): AppError {
    if (this.#state.kind === 'failed') return this.#state.error;
    const error = recordingFailure(this.sessionId, cause);
    this.#state = { kind: 'failed', error };
    this.#lines = '';
    this.#notes = [];
    this.#stopTimers();
    this.#journal.abandon(this);
    void this.#file.release();
    this.#tellFailure();
    return error;
  }
}
