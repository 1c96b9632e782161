/**
 * What the target owes an answer to. Requests go out under numbers of our own, so that the broker's questions and the
 * client's requests never meet, and each answer is found at once.
 */
import type { Packet } from './codec/framer.ts';
import { PACKET } from './codec/packet-types.ts';
import { violation } from './codec/violation.ts';

/** Of one channel; more wait until one is answered. OpenSSH has 64. */
export const REQUESTS_MAX = 1_024;
/** With the broker's own questions, which come a path at a time. */
const SLOTS_MAX = 4_096;
const SLOT_BITS = 12;
const GENERATIONS = 2 ** (32 - SLOT_BITS);

export interface Waiting {
  /** The type that an answer has when all went well; every request may be answered by a status. */
  readonly expected: number;
  /** May ask to be waited for: nothing more is read from the target until then. */
  readonly answered: (packet: Packet) => void | Promise<void>;
}

export class TargetRequests {
  readonly #slots: (Waiting | null)[] = [];
  readonly #generations: number[] = [];
  readonly #free: number[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * @returns the number to send it under
   * @throws AppError `invalid_input` when there are more than a client ever has
   */
  add(waiting: Waiting): number {
    const slot = this.#free.pop() ?? this.#slots.length;
    if (slot >= SLOTS_MAX) throw violation('Too many requests wait for an answer');
    const generation = ((this.#generations[slot] ?? -1) + 1) % GENERATIONS;
    this.#generations[slot] = generation;
    this.#slots[slot] = waiting;
    this.#size += 1;
    return ((generation << SLOT_BITS) | slot) >>> 0;
  }

  /** @throws AppError `invalid_input` for an answer to nothing, or of another kind than was asked for */
  answer(packet: Packet): void | Promise<void> {
    const { id, type } = packet;
    const slot = id & (SLOTS_MAX - 1);
    const waiting = this.#slots[slot] ?? null;
    if (waiting === null || this.#generations[slot] !== id >>> SLOT_BITS)
      throw violation('The target answered what it was not asked');
    if (type !== waiting.expected && type !== PACKET.status)
      throw violation(`The target answered with a packet of type ${type}, which is no answer to the request`);
    this.#slots[slot] = null;
    this.#free.push(slot);
    this.#size -= 1;
    return waiting.answered(packet);
  }
}
