/**
 * Writes the recording of one session. The broker appends a statement with its verdict and flushes
 * before it forwards anything: what flush() returned for is in the kernel and survives the process.
 * What only tells what came of it is noted instead, and written with what follows or a moment later: a
 * client that does not pause should not wait for it. After the first failure nothing is written any more,
 * so the file stays a clean prefix.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fdatasyncSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { type Clock, systemClock } from '../core/clock.ts';
import { AppError, isAppError, messageOf } from '../core/errors.ts';
import type { RandomBytes } from '../store/sealing.ts';
import { BackgroundSync, syncDirectory, syncDirectoryNow } from './background-sync.ts';
import { EventEncoder } from './event-codec.ts';
import type { RecordingInput, SessionFacts } from './events.ts';
import type { RecordingKeys } from './keys.ts';
import { prepareRecordingDirectory, recordingPath } from './layout.ts';
import { RecordingSealer } from './sealer.ts';

/** A signature at least this often while events arrive. */
const CHECKPOINT_FRAMES = 1_024;
/** A signature at most this long after an event. */
const CHECKPOINT_MS = 5_000;
/** With more than this pending, append() writes by itself. */
const PENDING_BYTES_MAX = 8 * 1_048_576;
/** Lines longer than this together are sealed before more are added. */
const LINES_CHARACTERS_MAX = 262_144;
/** A reader of the live recording sees notes at most this late. */
const NOTES_MS = 100;
const NOTES_MAX = 64;
/** Between two flushes: a client with pauses like this has its events written in their order. */
const QUIET_MS = 5;
const SYNC_MS_MAX = 60_000;

/** What a sealed recording is known by: the audit log and the session's summary carry the head. */
export interface SealedRecording {
  /** Hex chain value over the whole file. */
  readonly headHex: string;
  readonly bytes: number;
}

export interface Recorder {
  readonly path: string;
  /**
   * Takes an event; it is on disk after flush().
   * @param template for a statement: the object that stands for its analysis (see `EventEncoder`)
   * @throws AppError `recording_failed` once the recorder failed or was closed; `too_large` for an
   *   event above 64 MiB, which leaves the recorder as it was
   */
  append(event: RecordingInput, template?: object): void;
  /**
   * Takes an event that nothing waits for; it is written within 100 ms, in the order of the notes. The event
   * must not change any more.
   * @throws AppError `recording_failed` once the recorder failed or was closed
   */
  note(event: RecordingInput): void;
  /**
   * One write of everything appended since the last; returns before anything may be forwarded.
   * @throws AppError `recording_failed`
   */
  flush(): void;
  /**
   * Seals the file with a signed closing checkpoint and syncs it. A second call gives the first's answer.
   * @throws AppError `recording_failed`; the file is then left for recovery
   */
  close(): Promise<SealedRecording>;
}

export interface OpenRecordingInput {
  readonly directory: string;
  readonly keys: RecordingKeys;
  readonly facts: SessionFacts;
  /** `strict`: fdatasync in every flush. A number: in the background, within so many milliseconds. */
  readonly sync: 'strict' | number;
  readonly clock?: Clock;
  readonly random?: RandomBytes;
}

/**
 * Creates the file (mode 0600, never an existing one) and writes header, `start` event and a first
 * checkpoint. Design section 8.
 * @throws AppError `recording_failed` when it cannot be created; `invalid_input` for a session id or
 *   a sync interval that cannot be
 */
export function openRecording(input: OpenRecordingInput): Recorder {
  const path = recordingPath(input.directory, input.facts.sessionId);
  if (input.sync !== 'strict' && !(input.sync >= 1 && input.sync <= SYNC_MS_MAX)) {
    throw new AppError('invalid_input', `The sync interval must be 1 to ${SYNC_MS_MAX} ms, or strict.`);
  }
  try {
    prepareRecordingDirectory({ directory: input.directory, publicKeyPem: input.keys.publicKeyPem });
    const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants;
    const fd = openSync(path, O_APPEND | O_CREAT | O_EXCL | O_WRONLY, 0o600);
    return new FileRecorder({ ...input, path, fd });
  } catch (error) {
    throw isAppError(error, 'recording_failed') ? error : failure(input.facts.sessionId, error);
  }
}

type State =
  | { readonly kind: 'open' }
  | { readonly kind: 'closing'; readonly result: Promise<SealedRecording> }
  | { readonly kind: 'failed'; readonly error: AppError };

class FileRecorder implements Recorder {
  readonly path: string;
  readonly #sessionId: string;
  readonly #directory: string;
  readonly #sealer: RecordingSealer;
  /** Null when every flush syncs by itself. */
  readonly #backgroundSync: BackgroundSync | null;
  #fd: number | null;
  #state: State = { kind: 'open' };
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #writtenBytes = 0;
  #checkpointTimer: NodeJS.Timeout | null = null;
  readonly #encoder = new EventEncoder();
  /** Lines that are not sealed yet. */
  #lines = '';
  #notes: RecordingInput[] = [];
  #noteTimer: NodeJS.Timeout | null = null;
  #flushedAtMs = 0;

  constructor(input: OpenRecordingInput & { path: string; fd: number }) {
    const { facts, keys, directory, fd, sync, clock = systemClock, random = randomBytes } = input;
    this.path = input.path;
    this.#sessionId = facts.sessionId;
    this.#directory = directory;
    this.#fd = fd;
    const onFailure = (error: unknown): void => void this.#fail(error);
    this.#backgroundSync =
      sync === 'strict' ? null : new BackgroundSync({ fd, directory, everyMs: sync, onFailure });
    this.#sealer = new RecordingSealer({ sessionId: facts.sessionId, keys, clock, random });
    this.#guard(() => {
      if (this.#backgroundSync === null) syncDirectoryNow(directory);
      this.#queue(this.#sealer.start);
      this.append({ type: 'start', atMs: 0, facts });
      this.#sealLines();
      this.#queue(this.#sealer.checkpoint('interval'));
      this.flush();
    });
  }

  append(event: RecordingInput, template?: object): void {
    this.#assertOpen();
    this.#guard(() => {
      // Only statements may overtake what is known of those before them.
      if (event.type !== 'statement') this.#takeNotes();
      this.#add(event, template);
      if (this.#pendingBytes >= PENDING_BYTES_MAX) this.#write();
    });
  }

  note(event: RecordingInput): void {
    this.#assertOpen();
    this.#notes.push(event);
    if (this.#notes.length >= NOTES_MAX) this.#guard(() => this.#takeNotes());
    this.#noteTimer ??= setTimeout(() => this.#writeNotes(), NOTES_MS);
  }

  flush(): void {
    this.#assertOpen();
    const now = performance.now();
    this.#guard(() => {
      if (now - this.#flushedAtMs > QUIET_MS) this.#takeNotes();
      const fd = this.#write();
      if (this.#backgroundSync === null) fdatasyncSync(fd);
    });
    this.#flushedAtMs = now;
    this.#backgroundSync?.wrote();
    if (this.#sealer.framesUnsigned > 0) this.#scheduleCheckpoint();
  }

  close(): Promise<SealedRecording> {
    if (this.#state.kind === 'closing') return this.#state.result;
    if (this.#state.kind === 'failed') return Promise.reject(this.#state.error);
    const result = this.#sealAndClose();
    // Its first part ran already and may have failed: a recorder that failed stays failed.
    if (this.#state.kind === 'open') this.#state = { kind: 'closing', result };
    return result;
  }

  async #sealAndClose(): Promise<SealedRecording> {
    this.#stopTimers();
    try {
      this.#takeNotes();
      this.#sealLines();
      this.#queue(this.#sealer.checkpoint('close'));
      const fd = this.#write();
      await this.#backgroundSync?.stop();
      fsyncSync(fd);
      this.#closeFile();
      await syncDirectory(this.#directory);
    } catch (error) {
      throw this.#fail(error);
    }
    return { headHex: this.#sealer.headHex, bytes: this.#writtenBytes };
  }

  /** An idle session's last events get signed too. */
  #scheduleCheckpoint(): void {
    if (this.#checkpointTimer !== null) return;
    this.#checkpointTimer = setTimeout(() => {
      this.#checkpointTimer = null;
      if (this.#state.kind !== 'open' || this.#sealer.framesUnsigned === 0) return;
      try {
        this.#sealLines();
        this.#queue(this.#sealer.checkpoint('interval'));
        this.flush();
      } catch (error) {
        this.#fail(error);
      }
    }, CHECKPOINT_MS);
    this.#checkpointTimer.unref();
  }

  #queue(bytes: Buffer): void {
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  #writeNotes(): void {
    this.#noteTimer = null;
    if (this.#state.kind !== 'open') return;
    try {
      this.#takeNotes();
      this.flush();
    } catch (error) {
      this.#fail(error);
    }
  }

  #takeNotes(): void {
    const notes = this.#notes;
    if (notes.length === 0) return;
    this.#notes = [];
    try {
      for (const event of notes) this.#add(event);
    } catch (error) {
      // A note has no caller to refuse it to.
      throw new Error(messageOf(error), { cause: error });
    }
  }

  #add(event: RecordingInput, template?: object): void {
    const line = this.#encoder.encode(event, template);
    if (this.#lines.length > 0 && this.#lines.length + line.length > LINES_CHARACTERS_MAX) this.#sealLines();
    this.#lines = this.#lines === '' ? line : `${this.#lines}\n${line}`;
  }

  #sealLines(): void {
    if (this.#lines === '') return;
    const lines = this.#lines;
    this.#lines = '';
    for (const frame of this.#sealer.events(lines)) this.#queue(frame);
    if (this.#sealer.framesUnsigned >= CHECKPOINT_FRAMES) this.#queue(this.#sealer.checkpoint('interval'));
  }

  #stopTimers(): void {
    if (this.#checkpointTimer !== null) clearTimeout(this.#checkpointTimer);
    if (this.#noteTimer !== null) clearTimeout(this.#noteTimer);
  }

  /** One write; another only after a short one, whose reason the next attempt then tells. */
  #write(): number {
    const fd = this.#fd;
    if (fd === null) throw new Error('its file is closed');
    this.#sealLines();
    const [only] = this.#pending;
    if (only === undefined) return fd;
    const bytes = this.#pending.length === 1 ? only : Buffer.concat(this.#pending, this.#pendingBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    for (let at = 0; at < bytes.length; ) {
      const written = writeSync(fd, bytes, at, bytes.length - at);
      if (written === 0) throw new Error('the file takes no more bytes');
      at += written;
    }
    this.#writtenBytes += bytes.length;
    return fd;
  }

  #assertOpen(): void {
    if (this.#state.kind === 'failed') throw this.#state.error;
    if (this.#state.kind === 'closing') throw failure(this.#sessionId, new Error('it is closed'));
  }

  /** Any fault ends the recording, except an event that was refused before anything was sealed. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (isAppError(error, 'too_large')) throw error;
      throw this.#fail(error);
    }
  }

  #fail(cause: unknown): AppError {
    if (this.#state.kind === 'failed') return this.#state.error;
    const error = failure(this.#sessionId, cause);
    this.#state = { kind: 'failed', error };
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#lines = '';
    this.#notes = [];
    this.#stopTimers();
    void this.#release();
    return error;
  }

  /** Gives the descriptor back once no sync uses it; that it may be bad already is why we are here. */
  async #release(): Promise<void> {
    await this.#backgroundSync?.stop();
    try {
      this.#closeFile();
    } catch {
      // Broken already: there is nothing left to give back.
    }
  }

  /** Once only: the number could belong to another file afterwards. */
  #closeFile(): void {
    const fd = this.#fd;
    this.#fd = null;
    if (fd !== null) closeSync(fd);
  }
}

function failure(sessionId: string, cause: unknown): AppError {
  return new AppError('recording_failed', `The recording cannot continue: ${messageOf(cause)}`, {
    cause,
    context: { sessionId },
  });
}
