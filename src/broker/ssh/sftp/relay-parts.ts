/** What the parts of one SFTP channel share: the way to the target, the way back, and what both record. */
import type { Judged } from '../../gate.ts';
import type { ChannelRecord, HostInspection, HostSession } from '../host-session.ts';
import type { Packet } from './codec/framer.ts';
import { PACKET, STATUS } from './codec/packet-types.ts';
import { type EncodedRequest, encodeRequest } from './codec/requests.ts';
import { encodeStatus } from './codec/responses.ts';
import type { Permission } from './permission.ts';
import { TargetRequests, type Waiting } from './target-requests.ts';

/** @param parts to be written in their order, at once */
export type Send = (parts: readonly Buffer[]) => void;

export interface RelayOptions {
  readonly session: HostSession;
  readonly record: ChannelRecord;
  readonly toClient: Send;
  readonly toTarget: Send;
  /** What a person should read; one line. */
  readonly say: (line: string) => void;
  /** The channel cannot go on. */
  readonly onFailure: (error: unknown) => void;
}

export type Statement = Judged<HostInspection>;

export class RelayParts {
  readonly options: RelayOptions;
  readonly #requests = new TargetRequests();
  #isOver = false;
  /** Set while the target owes an answer. */
  #idle: (() => void) | null = null;

  constructor(options: RelayOptions) {
    this.options = options;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Requests that the target has not answered. */
  get unanswered(): number {
    return this.#requests.size;
  }

  end(): void {
    this.#isOver = true;
    this.#idle?.();
    this.#idle = null;
  }

  // --- to the target ---------------------------------------------------------------------------------------------

  send(request: EncodedRequest, waiting: Waiting): void {
    if (this.#isOver) return;
    this.options.toTarget([encodeRequest(this.#number(waiting), request)]);
  }

  /** A question of the broker's own. Never resolves when the channel ends first. */
  ask(request: EncodedRequest, expected: number): Promise<Packet> {
    return new Promise((resolve) => this.send(request, { expected, answered: resolve }));
  }

  /** What was judged goes out once that is in the recording. @returns false when it does not */
  release(request: EncodedRequest, waiting: Waiting): boolean {
    let isSent = false;
    this.options.session.gate.release(() => {
      this.send(request, waiting);
      isSent = !this.#isOver;
    });
    return isSent;
  }

  /** The client's own packet, without a copy. */
  passOn(packet: Packet, waiting: Waiting): void {
    if (this.#isOver) return;
    packet.id = this.#number(waiting);
    this.options.toTarget(packet.parts);
  }

  /** @throws AppError `invalid_input` for what is no answer */
  answered(packet: Packet): void | Promise<void> {
    const later = this.#requests.answer(packet);
    if (this.#requests.size === 0) {
      this.#idle?.();
      this.#idle = null;
    }
    return later;
  }

  #number(waiting: Waiting): number {
    this.#idle ??= this.options.session.busy();
    return this.#requests.add(waiting);
  }

  // --- to the client ---------------------------------------------------------------------------------------------

  /** The target's answer, counted before it leaves. */
  pass(id: number, packet: Packet, judged: Statement): void | Promise<void> {
    const may = packet.type === PACKET.status || this.options.session.countBytes(judged, packet.bytes);
    if (may instanceof Promise)
      return may.then((passes) => {
        if (passes) this.sendBack(id, packet);
      });
    if (may) this.sendBack(id, packet);
  }

  sendBack(id: number, packet: Packet): void {
    if (this.#isOver) return;
    packet.id = id;
    this.options.toClient(packet.parts);
  }

  status(id: number, code: number, message: string): void {
    if (!this.#isOver) this.options.toClient([encodeStatus(id, code, message)]);
  }

  /** The denial is in the recording before it is told. */
  refuse(id: number, { message }: Pick<Extract<Permission, { kind: 'refused' }>, 'message'>): void {
    this.options.say(message);
    this.options.session.gate.release(() => this.status(id, STATUS.permissionDenied, message));
  }

  /** @param of.tag what came of it */
  complete(
    judged: Statement,
    { startedAtMs, tag }: { readonly startedAtMs: number; readonly tag: string },
  ): void {
    const { gate, live } = this.options.session;
    const durationMs = live.ageMs - startedAtMs;
    gate.complete(judged, { durationMs, tags: [tag], rows: 0, maskedCells: 0, error: null });
  }
}
