/**
 * Work on the disk that may wait its turn: one after the other, so that many sessions take one thread of the
 * pool and not all of them.
 */
export class SyncQueue {
  #last: Promise<void> = Promise.resolve();

  /** @param work must not reject */
  add(work: () => Promise<void>): void {
    this.#last = this.#last.then(work);
  }

  /** Resolves when everything added so far is done. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
