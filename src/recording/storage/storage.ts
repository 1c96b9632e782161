/**
 * Where recordings are: on this server's disk first, always, because a statement waits for nothing else; and in
 * object storage when that is configured. Each process looks again and again at the directory it records into:
 * parts of running recordings and whole sealed ones are sent, files of what is stored become the cache, files of
 * what was deleted go. docs/storage.md.
 */
import { rm } from 'node:fs/promises';
import { AppError, isAppError } from '../../core/errors.ts';
import { isSealed } from '../journal/sealed.ts';
import type { RecordingKeys } from '../keys.ts';
import { listJournalFiles, recordingPath, sessionOfFile, setAsidePath, uploadLogPath } from '../layout.ts';
import { Backoff } from './backoff.ts';
import { RecordingCache } from './cache.ts';
import { isFile, namesIn, sizeOf } from './files.ts';
import type { RecordingIndex } from './recording-index.ts';
import type { S3Storage } from './s3.ts';
import { STORAGE_TIMES, type StorageTimes } from './settings.ts';
import { Spool, type SpoolState } from './spool.ts';
import { giveUpStaleUploads } from './stale-uploads.ts';
import { journalOf, type LocalRecording, sendFullParts, sendSealed } from './upload.ts';
import { noteStored, readUploadLog } from './upload-log.ts';

/** Recordings that one process sends at a time. */
const AT_ONCE = 4;
/** Within the time after which an upload is old. */
const LISTED_OFTEN = 24;

interface Waiting extends LocalRecording {
  /** `left`: its recorder is gone, and nobody has sealed it. */
  readonly standing: 'running' | 'sealed' | 'left';
}

export interface StorageStatus {
  readonly state: SpoolState;
  readonly spoolBytes: number;
  /** Infinity where nothing waits for object storage. */
  readonly spoolBytesMax: number;
  /** Why the last request to object storage failed; null when it did not. */
  readonly problem: string | null;
  readonly failuresInRow: number;
}

export interface StorageInput {
  readonly directory: string;
  readonly keys: RecordingKeys;
  readonly index: RecordingIndex;
  readonly s3: S3Storage | null;
  readonly spoolBytesMax: number;
  readonly cacheBytesMax: number;
  readonly report: (what: string, error: unknown) => void;
  readonly times?: Partial<StorageTimes>;
  readonly random?: () => number;
}

/** The sessions that this process records. */
export interface RunningRecordings {
  isRecording(sessionId: string): boolean;
  /** The spool is full: every one of them ends. */
  end(): void;
}

export class RecordingStorage {
  readonly spool: Spool;
  readonly #input: StorageInput;
  readonly #times: StorageTimes;
  readonly #cache: RecordingCache;
  readonly #service: Backoff;
  readonly #single = new Map<string, Backoff>();
  readonly #busy = new Map<string, Promise<void>>();
  /** What is in object storage and not yet the cache's, with the moment of its mark. */
  readonly #stored = new Map<string, number>();
  /** Of running recordings. */
  readonly #sentBytes = new Map<string, number>();
  #running: RunningRecordings = { isRecording: () => false, end: () => undefined };
  #problem: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #tidiedAtMs = Number.NEGATIVE_INFINITY;
  #uploadsListedAtMs = Number.NEGATIVE_INFINITY;
  #deletedSince = new Date(0);
  #stopped = false;

  constructor(input: StorageInput) {
    const { directory, s3 } = input;
    this.#input = input;
    this.#times = { ...STORAGE_TIMES, ...input.times };
    this.spool = new Spool({
      directory,
      bytesMax: s3 === null ? Number.POSITIVE_INFINITY : input.spoolBytesMax,
    });
    this.#cache = new RecordingCache({ directory, bytesMax: input.cacheBytesMax });
    this.#service = this.#backoff();
  }

  get status(): StorageStatus {
    return {
      state: this.spool.state,
      spoolBytes: this.spool.bytes,
      spoolBytesMax: this.spool.bytesMax,
      problem: this.#problem,
      failuresInRow: this.#service.failures,
    };
  }

  /** The sessions of this process: they are sent while they run. */
  recordBy(running: RunningRecordings): void {
    this.#running = running;
  }

  /** Begins to look after the directory. */
  start(): void {
    this.#timer = setInterval(() => void this.look(), this.#times.lookMs);
  }

  /** What is being sent may take the time of a request. */
  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#looking;
    await Promise.all(this.#busy.values());
    await this.#input.index
      .release()
      .catch((error: unknown) => this.#input.report('Releasing recordings', error));
    this.#input.s3?.close();
  }

  /**
   * Where a recording can be read from this server, fetched if need be.
   * @returns null when it is neither here nor in object storage, or was deleted
   * @throws AppError `unavailable` when the object storage does not give it
   */
  async locate(sessionId: string): Promise<string | null> {
    const { directory, s3, index } = this.#input;
    const path = recordingPath(directory, sessionId);
    const known = (await index.find([sessionId])).get(sessionId);
    if (known !== undefined && known.deletedAt !== null) return null;
    if (await isFile(path)) return path;
    if (s3 === null) return null;
    const cached = await this.#cache.find(sessionId);
    if (cached !== null) return cached;
    const stored = known?.stored ?? null;
    if (stored === null) return null;
    return this.#cache.fetch(sessionId, { expected: stored, read: () => s3.read(stored) });
  }

  /** Removes the object of a deleted recording, and what recovery kept beside it. */
  async removeObject(object: { key: string; version: string | null }): Promise<void> {
    const { s3 } = this.#input;
    if (s3 === null) throw new AppError('config_invalid', 'recording.storage.s3 is not configured any more.');
    await s3.remove(object);
    await s3.remove({ key: `${object.key}.torn`, version: null });
  }

  /** One round; one at a time. Resolves when what is to be sent is under way. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** Resolves when nothing is being sent. */
  async idle(): Promise<void> {
    await Promise.all(this.#busy.values());
  }

  async #look(): Promise<void> {
    try {
      await this.#tidyInTurn();
      if (this.#input.s3 === null) return;
      await this.spool.measure(this.#stored);
      await this.#letGoInTurn();
      if (this.spool.state === 'full') this.#running.end();
      await this.#send(this.#input.s3);
    } catch (error) {
      this.#input.report('Looking after recordings', error);
    }
  }

  async #send(s3: S3Storage): Promise<void> {
    if (this.#stopped || !this.#service.mayTry(Date.now())) return;
    const waiting = await this.#waiting(s3);
    if (waiting.length === 0) return;
    await this.#sealLeft(waiting.filter(({ standing }) => standing === 'left'));
    const toSend = waiting.filter(({ standing }) => standing !== 'left');
    const { index } = this.#input;
    const claims = await index.claim(idsOf(toSend), this.#times.claimMs);
    const claimed = new Map(claims.map((claim) => [claim.sessionId, claim]));
    const known = await index.find(idsOf(toSend.filter(({ sessionId }) => !claimed.has(sessionId))));
    for (const recording of toSend) {
      if (this.#busy.size >= AT_ONCE) return;
      const { sessionId } = recording;
      const headHex = claimed.get(sessionId)?.headHex ?? null;
      if (recording.standing === 'running' && claimed.has(sessionId))
        this.#begin(sessionId, () => this.#sendParts(s3, recording));
      else if (recording.standing === 'sealed' && headHex !== null)
        this.#begin(sessionId, () => this.#store(s3, { ...recording, headHex }));
      // A crash came between the storing and its mark here, or another process has stored it.
      else if (recording.standing === 'sealed' && known.get(sessionId)?.stored != null)
        this.#begin(sessionId, () => this.#markStored(recording));
    }
  }

  /** What is on the disk and asks for something now. */
  async #waiting(s3: S3Storage): Promise<Waiting[]> {
    const { directory, keys } = this.#input;
    const nowMs = Date.now();
    const waiting: Waiting[] = [];
    for (const sessionId of await this.#localSessions()) {
      if (this.#stored.has(sessionId) || this.#busy.has(sessionId)) continue;
      if (this.#single.get(sessionId)?.mayTry(nowMs) === false) continue;
      const path = recordingPath(directory, sessionId);
      if (this.#running.isRecording(sessionId)) {
        const bytes = await sizeOf(path);
        if (bytes >= (this.#sentBytes.get(sessionId) ?? 0) + s3.partBytes)
          waiting.push({ sessionId, path, standing: 'running' });
        continue;
      }
      this.#sentBytes.delete(sessionId);
      waiting.push({
        sessionId,
        path,
        standing: isSealed({ directory, keys, sessionId }) ? 'sealed' : 'left',
      });
    }
    return waiting;
  }

  async #sendParts(s3: S3Storage, recording: LocalRecording): Promise<void> {
    this.#sentBytes.set(recording.sessionId, await sendFullParts(s3, recording));
  }

  /** Those that cannot be sealed are tried ever more rarely. */
  async #sealLeft(left: readonly LocalRecording[]): Promise<void> {
    if (left.length === 0) return;
    for (const { sessionId } of left) this.#failed(sessionId);
    await this.#input.index
      .sealLeft(idsOf(left))
      .catch((error: unknown) => this.#input.report('Sealing a recording', error));
  }

  #failed(sessionId: string): void {
    const single = this.#single.get(sessionId) ?? this.#backoff();
    single.failed(Date.now());
    this.#single.set(sessionId, single);
  }

  #begin(sessionId: string, work: () => Promise<void>): void {
    const running = this.#attempt(sessionId, work).finally(() => this.#busy.delete(sessionId));
    this.#busy.set(sessionId, running);
  }

  async #attempt(sessionId: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#single.delete(sessionId);
      this.#service.succeeded();
      this.#problem = null;
    } catch (error) {
      this.#failed(sessionId);
      if (isAppError(error, 'unavailable')) this.#service.failed(Date.now());
      this.#problem = error instanceof Error ? error.message : String(error);
      this.#input.report(`Sending the recording of session ${sessionId}`, error);
    }
  }

  async #store(s3: S3Storage, recording: LocalRecording & { headHex: string }): Promise<void> {
    const { index, keys } = this.#input;
    const object = await sendSealed(s3, { ...recording, key: keys.trusted });
    await index.noteStored(recording.sessionId, object);
    await this.#markStored(recording);
  }

  /** Without its file a journal would be kept for it: the mark comes first. */
  async #markStored({ sessionId, path }: LocalRecording): Promise<void> {
    if (readUploadLog(path).stored === null) await noteStored(path, { journal: await journalOf(path) });
    this.#stored.set(sessionId, performance.now());
  }

  /** The file of what is stored becomes the cache's, when whoever was told of it has read it. */
  async #letGo({ sessionId, path }: LocalRecording): Promise<void> {
    await this.#cache.adopt(sessionId, path);
    await rm(path, { force: true });
    await rm(setAsidePath(path), { force: true });
    this.#stored.delete(sessionId);
  }

  async #letGoInTurn(): Promise<void> {
    const { directory } = this.#input;
    const storedBefore = performance.now() - (this.spool.state === 'open' ? this.#times.keepMs : 0);
    for (const [sessionId, atMs] of this.#stored)
      if (atMs <= storedBefore) await this.#letGo({ sessionId, path: recordingPath(directory, sessionId) });
  }

  async #tidyInTurn(): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.#tidiedAtMs < this.#times.tidyMs) return;
    this.#tidiedAtMs = nowMs;
    await this.#removeDeleted();
    if (this.#input.s3 === null) return;
    await this.#removeMarks();
    await this.#cache.evict();
    await this.#giveUpStaleUploads();
  }

  async #giveUpStaleUploads(): Promise<void> {
    const { s3, index } = this.#input;
    const nowMs = performance.now();
    const { staleUploadMs } = this.#times;
    if (s3 === null || nowMs - this.#uploadsListedAtMs < staleUploadMs / LISTED_OFTEN) return;
    if (!this.#service.mayTry(Date.now())) return;
    this.#uploadsListedAtMs = nowMs;
    await giveUpStaleUploads({ s3, index, staleMs: staleUploadMs }).catch((error: unknown) =>
      this.#input.report('Giving up old uploads', error),
    );
  }

  async #removeDeleted(): Promise<void> {
    const began = new Date();
    for (const sessionId of await this.#input.index.deletedSince(this.#deletedSince)) {
      const path = recordingPath(this.#input.directory, sessionId);
      for (const file of [path, setAsidePath(path), uploadLogPath(path)]) await rm(file, { force: true });
      await this.#cache.drop(sessionId);
    }
    // The clock that deletions are noted by may be another one, and a transaction may take its time.
    this.#deletedSince = new Date(began.getTime() - 10 * 60_000);
  }

  /** A mark is needed for as long as a journal may name its session. */
  async #removeMarks(): Promise<void> {
    const { directory } = this.#input;
    const journals = new Set((await listJournalFiles(directory)).map(({ journalId }) => journalId));
    for (const name of await namesIn(directory)) {
      if (!name.endsWith('.sprec.upload')) continue;
      const path = recordingPath(directory, name.slice(0, -'.sprec.upload'.length));
      const { stored } = readUploadLog(path);
      if (stored === null || (await isFile(path))) continue;
      if (stored.journal === null || !journals.has(stored.journal))
        await rm(uploadLogPath(path), { force: true });
    }
  }

  async #localSessions(): Promise<string[]> {
    return (await namesIn(this.#input.directory)).flatMap((name) => sessionOfFile(name) ?? []);
  }

  #backoff(): Backoff {
    const { retryMsMin: minMs, retryMsMax: maxMs } = this.#times;
    return new Backoff({ minMs, maxMs, random: this.#input.random ?? Math.random });
  }
}

function idsOf(recordings: readonly LocalRecording[]): string[] {
  return recordings.map(({ sessionId }) => sessionId);
}
