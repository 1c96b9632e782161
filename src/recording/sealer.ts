/**
 * Turns events into the frames of one recording, in order: sequence, encryption, chain, signatures.
 * No I/O; what it returned must be written before anything it returns later.
 */
import type { Clock } from '../core/clock.ts';
import type { RandomBytes } from '../store/sealing.ts';
import { chainAfter, chainStart } from './chain.ts';
import { type Checkpoint, type CheckpointKind, encodeCheckpoint, NOTHING_SET_ASIDE } from './checkpoint.ts';
import { encodeFrame, MAGIC, PIECE_BYTES_MAX, SEQUENCE_MAX } from './frame.ts';
import { encodeHeader, IV_BYTES } from './header.ts';
import { encodeFollowingKey, followingKeyContext } from './key-frame.ts';
import type { FileKeys } from './keys.ts';
import { pack } from './packing.ts';
import { DATA_KEY_BYTES, SealingStream } from './stream.ts';

/** Where the frames begin: a new file, or behind what a recorder that died has left. */
export type SealingFrom =
  | { readonly journal: string }
  | { readonly sequence: number; readonly chain: Buffer };

export class RecordingSealer {
  readonly #sessionId: string;
  readonly #keys: FileKeys;
  readonly #clock: Clock;
  readonly #stream: SealingStream;
  readonly #start: Buffer;
  #sequence = 0;
  #chain = chainStart();
  #framesUnsigned = 0;

  constructor(input: {
    sessionId: string;
    /** Of what goes on: those of its header. */
    keys: FileKeys;
    clock: Clock;
    random: RandomBytes;
    from: SealingFrom;
  }) {
    const { from } = input;
    this.#sessionId = input.sessionId;
    this.#keys = input.keys;
    this.#clock = input.clock;
    const dataKey = input.random(DATA_KEY_BYTES);
    const iv = Buffer.from(input.random(IV_BYTES));
    this.#stream = new SealingStream({ dataKey, iv });
    if ('journal' in from) {
      this.#start = this.#header({ dataKey, iv, journal: from.journal });
    } else {
      this.#sequence = from.sequence;
      this.#chain = from.chain;
      this.#start = this.#followingKey({ dataKey, iv });
    }
    dataKey.fill(0);
  }

  /** Magic and header frame, which a file begins with, or the key frame that it goes on with. */
  get start(): Buffer {
    return this.#start;
  }

  /** Frames that no checkpoint covers yet. */
  get framesUnsigned(): number {
    return this.#framesUnsigned;
  }

  /** The chain over everything so far. */
  get headHex(): string {
    return this.#chain.toString('hex');
  }

  /**
   * Lines of events, one or several, sealed together: one frame, or several when they are longer than a
   * frame may be.
   */
  events(lines: string): Buffer[] {
    const events = Buffer.from(lines, 'utf8');
    const packed = pack(events);
    const plaintext = packed ?? events;
    const last = packed === null ? 'event' : 'packed';
    const frames: Buffer[] = [];
    for (let at = 0; at < plaintext.length; at += PIECE_BYTES_MAX) {
      const end = Math.min(at + PIECE_BYTES_MAX, plaintext.length);
      const sealed = this.#stream.seal({
        type: end < plaintext.length ? 'piece' : last,
        sequence: this.#nextSequence(),
        chain: this.#chain,
        plaintext: plaintext.subarray(at, end),
      });
      this.#chain = sealed.chain;
      frames.push(sealed.frame);
    }
    this.#framesUnsigned += frames.length;
    return frames;
  }

  checkpoint(kind: CheckpointKind, setAside: Checkpoint['setAside'] = NOTHING_SET_ASIDE): Buffer {
    const frame = encodeCheckpoint(
      { kind, wallTimeMs: this.#clock.now().getTime(), chain: this.#chain, setAside },
      {
        sessionId: this.#sessionId,
        sequence: this.#nextSequence(),
        sign: (message) => this.#keys.sign(message),
      },
    );
    this.#chain = chainAfter(this.#chain, frame);
    this.#framesUnsigned = 0;
    return frame;
  }

  #header(stream: { dataKey: Uint8Array; iv: Buffer; journal: string }): Buffer {
    const body = encodeHeader({
      sessionId: this.#sessionId,
      keyId: this.#keys.keyId,
      wrappedDataKey: Buffer.from(this.#keys.wrapDataKey(stream.dataKey, Buffer.from(this.#sessionId))),
      iv: stream.iv,
      createdAt: this.#clock.now().toISOString(),
      signingKeySha256: this.#keys.publicKey.sha256,
      journal: stream.journal,
    });
    const frame = encodeFrame({ type: 'header', sequence: this.#nextSequence(), body });
    this.#chain = chainAfter(this.#chain, frame);
    return Buffer.concat([MAGIC, frame]);
  }

  #followingKey({ dataKey, iv }: { dataKey: Uint8Array; iv: Buffer }): Buffer {
    const sequence = this.#nextSequence();
    const context = followingKeyContext({ sessionId: this.#sessionId, sequence });
    const wrappedDataKey = Buffer.from(this.#keys.wrapDataKey(dataKey, context));
    const frame = encodeFrame({ type: 'key', sequence, body: encodeFollowingKey({ wrappedDataKey, iv }) });
    this.#chain = chainAfter(this.#chain, frame);
    return frame;
  }

  #nextSequence(): number {
    if (this.#sequence > SEQUENCE_MAX) throw new Error('the recording has as many frames as it may have');
    return this.#sequence++;
  }
}
