/** A file or directory that a judged request opened, and what went through it. */

import type { FilePath } from '../../../policies/analyzers/files/file-statement.ts';
import type { Judged } from '../../gate.ts';
import type { FileTransfer, HostInspection } from '../host-session.ts';
import { StreamDigest } from './stream-digest.ts';

/** There at once, or later. */
type Promised<Value> = Value | Promise<Value>;

export interface Opening {
  readonly judged: Judged<HostInspection>;
  /** From `/`, as it was resolved. */
  readonly path: string;
  readonly certainty: FilePath['certainty'];
  readonly kind: 'file' | 'directory';
  readonly reads: boolean;
  readonly writes: boolean;
  /** Every write goes to the end, wherever it says. */
  readonly appends: boolean;
  /** Nothing of what was there before is left. */
  readonly truncates: boolean;
  /** The mode that it was opened with, which people saw. */
  readonly mode: number | null;
  readonly startedAtMs: number;
}

export class OpenFile {
  readonly opening: Opening;
  readonly #down = new StreamDigest();
  readonly #up = new StreamDigest();
  #reachedEnd = false;
  #writeFailed = false;
  /** Requests that the target has not answered. */
  inFlight = 0;
  /** Requests about it that wait to be judged. */
  waiting = 0;
  /** What the target says it is, when it is closed; null when it does not. */
  sizeAtClose: number | null = null;
  isClosed = false;

  constructor(opening: Opening) {
    this.opening = opening;
  }

  /** Data that the target answered a read with. @returns when more may come; null: at once */
  downloaded(offset: bigint, pieces: readonly Buffer[]): Promise<void> | null {
    this.#down.push(offset, pieces);
    return this.#down.room;
  }

  /** A read found nothing there. */
  endOfFile(offset: bigint): void {
    if (Number(offset) === this.#down.reached) this.#reachedEnd = true;
  }

  /** @returns as `downloaded` */
  uploaded(offset: bigint, pieces: readonly Buffer[]): Promise<void> | null {
    if (this.opening.appends) this.#up.break();
    this.#up.push(offset, pieces);
    return this.#up.room;
  }

  /** The file holds what did not pass here, or not all that did. */
  changedOtherwise(): void {
    this.#up.break();
    this.#writeFailed = true;
  }

  /**
   * What is recorded of it, one for each direction. Call it once, or again when it is cut before the first has resolved.
   * @param options.wasCut true when the session ended over it: then it is there at once
   */
  transfers({ wasCut }: { readonly wasCut: boolean }): Promised<readonly FileTransfer[]> {
    const { kind, reads, writes } = this.opening;
    if (kind === 'directory') return [];
    const down = reads && (this.#down.bytes > 0 || !writes);
    const up = writes && (this.#up.bytes > 0 || !down);
    const transfers = [
      ...(down ? [this.#transfer('download', this.#down, !wasCut && this.#isAllDown)] : []),
      ...(up ? [this.#transfer('upload', this.#up, !wasCut && this.#isAllUp)] : []),
    ];
    return atOnce(transfers) ? transfers : Promise.all(transfers);
  }

  get #isAllDown(): boolean {
    const { reached } = this.#down;
    return reached !== null && (this.#reachedEnd || reached === this.sizeAtClose);
  }

  get #isAllUp(): boolean {
    const { reached } = this.#up;
    if (reached === null || this.#writeFailed) return false;
    return this.sizeAtClose === null ? this.opening.truncates : reached === this.sizeAtClose;
  }

  #transfer(
    direction: FileTransfer['direction'],
    digest: StreamDigest,
    complete: boolean,
  ): Promised<FileTransfer> {
    const { judged, path } = this.opening;
    const { bytes } = digest;
    const facts = { statement: judged.statement, direction, path, bytes, complete };
    if (!complete) {
      digest.break();
      return { ...facts, sha256: null };
    }
    const sha256 = digest.end();
    return sha256 instanceof Promise
      ? sha256.then((hex) => ({ ...facts, sha256: hex }))
      : { ...facts, sha256 };
  }
}

function atOnce<Value>(values: readonly Promised<Value>[]): values is readonly Value[] {
  return values.every((value) => !(value instanceof Promise));
}
