/**
 * The order that frames must keep, whoever reads them: a header first, numbers without a gap, the
 * pieces of an event together, nothing behind the seal. Shared by the verifier (which has no key)
 * and the reader (which has).
 */
import type { SealKind } from './checkpoint.ts';
import type { Frame } from './frame.ts';
import type { RecordingProblem } from './problem.ts';

export class FrameOrder {
  #next = 0;
  #insideEvent = false;
  #sealedBy: SealKind | null = null;

  get sealedBy(): SealKind | null {
    return this.#sealedBy;
  }

  /** @returns what is wrong with this frame at this place, or null */
  check(frame: Frame): RecordingProblem | null {
    const { offset, sequence, type } = frame;
    if (this.#sealedBy !== null) return afterClose(offset);
    if (sequence !== this.#next) {
      const message = `frame ${sequence} stands where frame ${this.#next} belongs`;
      return { code: 'out_of_sequence', message, offset };
    }
    if ((type === 'header') !== (sequence === 0)) {
      return { code: 'out_of_place', message: `a ${type} frame cannot be frame ${sequence}`, offset };
    }
    this.#next += 1;
    return null;
  }

  /** Follows an event's parts. @returns a problem when a checkpoint stands inside an event */
  follow(frame: Frame, seal: SealKind | null): RecordingProblem | null {
    // Only a crash leaves an event unfinished, and only recovery seals after one.
    if (frame.type === 'checkpoint' && this.#insideEvent && seal !== 'recovered') {
      return { code: 'out_of_place', message: 'a checkpoint stands inside an event', offset: frame.offset };
    }
    this.#insideEvent = frame.type === 'piece';
    this.#sealedBy = seal;
    return null;
  }
}

export function afterClose(offset: number): RecordingProblem {
  return { code: 'bytes_after_close', message: 'there are bytes behind the closing checkpoint', offset };
}
