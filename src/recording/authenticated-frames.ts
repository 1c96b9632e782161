/**
 * Walks a recording with the deployment's keys: every frame is authenticated before it is decrypted.
 * The reader takes the events from it, recovery takes where the authentic part ends.
 */
import { AppError } from '../core/errors.ts';
import { chainAfter, chainStart } from './chain.ts';
import { isSignedBy, parseCheckpoint, type SealKind } from './checkpoint.ts';
import type { Frame } from './frame.ts';
import { type FramesEnd, type RecordingSource, readFrames } from './frame-source.ts';
import { parseHeader, type RecordingHeader } from './header.ts';
import { followingKeyContext, parseFollowingKey } from './key-frame.ts';
import type { FileKeys, RecordingKeys } from './keys.ts';
import type { RecordingProblem } from './problem.ts';
import { OpeningStream } from './stream.ts';
import { afterClose, FrameOrder } from './structure.ts';

/** A part of an event in clear; `last` ends the event. */
export interface EventPart {
  readonly kind: 'part';
  readonly plaintext: Buffer;
  readonly last: boolean;
  /** Of a last part: it and those before it are compressed together; see `unpack`. */
  readonly packed: boolean;
  /** Of the frame in the file. */
  readonly offset: number;
}

/** Recovery goes on here: an event that was not complete stays so. */
export interface Continuation {
  readonly kind: 'continuation';
}

/** Where the authentic part of the file ends. */
export interface AuthenticEnd {
  readonly kind: 'end';
  readonly header: RecordingHeader | null;
  /** What it was written with; null before the header. */
  readonly keys: FileKeys | null;
  /** The first byte that is not part of an authentic frame. */
  readonly offset: number;
  readonly chain: Buffer;
  /** How many frames there are: the number of the next one. */
  readonly frames: number;
  readonly sealedBy: SealKind | null;
  /** What the seal says recovery kept beside the file. */
  readonly setAsideBytes: number;
  /** Bytes of a last frame that is not complete: a write in progress, or cut by a crash. */
  readonly tornBytes: number;
  /** Null when the file is whole as far as it goes; a torn last frame is not a problem. */
  readonly problem: RecordingProblem | null;
}

/**
 * Yields the parts of the events in order, then the end.
 * @throws AppError `config_invalid` when the file belongs to other keys, `not_found`, `unavailable`
 */
export async function* authenticatedParts(
  input: RecordingSource & { keys: RecordingKeys },
): AsyncGenerator<EventPart | Continuation | AuthenticEnd> {
  const walk = new AuthenticWalk(input.keys);
  for await (const item of readFrames(input)) {
    if (item.kind !== 'frame') return yield walk.finish(item);
    if (item.frame.type === 'header') await walk.findKeys(item.frame);
    const { problem, part } = walk.take(item.frame);
    if (problem !== null) return yield walk.end({ offset: item.frame.offset, problem });
    if (part !== null) yield part;
  }
}

type Taken = {
  readonly problem: RecordingProblem | null;
  readonly part: EventPart | Continuation | null;
};

const NOTHING: Taken = { problem: null, part: null };

class AuthenticWalk {
  readonly #known: RecordingKeys;
  #keys: FileKeys | null = null;
  readonly #order = new FrameOrder();
  #header: RecordingHeader | null = null;
  #stream: OpeningStream | null = null;
  #chain = chainStart();
  #frames = 0;
  #setAsideBytes = 0;

  constructor(keys: RecordingKeys) {
    this.#known = keys;
  }

  /** Those that a header names: the store is asked for what is not known yet. */
  async findKeys(frame: Frame): Promise<void> {
    const header = parseHeader(frame.body);
    if (header !== null) this.#keys ??= await this.#known.find(header);
  }

  take(frame: Frame): Taken {
    const misplaced = this.#order.check(frame);
    if (misplaced !== null) return { problem: misplaced, part: null };
    const taken = this.#open(frame);
    if (taken.problem !== null) return taken;
    this.#chain = chainAfter(this.#chain, frame.bytes);
    this.#frames += 1;
    return taken;
  }

  finish(end: FramesEnd): AuthenticEnd {
    const { offset } = end;
    const tornBytes = end.kind === 'torn' ? end.bytes : 0;
    if (end.kind !== 'end' && this.#order.sealedBy !== null)
      return this.end({ offset, problem: afterClose(offset) });
    return this.end({ offset, tornBytes, problem: end.kind === 'malformed' ? problemOf(end) : null });
  }

  end(at: { offset: number; tornBytes?: number; problem: RecordingProblem | null }): AuthenticEnd {
    return {
      kind: 'end',
      header: this.#header,
      keys: this.#header === null ? null : this.#keys,
      offset: at.offset,
      chain: this.#chain,
      frames: this.#frames,
      sealedBy: this.#order.sealedBy,
      setAsideBytes: this.#setAsideBytes,
      tornBytes: at.tornBytes ?? 0,
      problem: at.problem,
    };
  }

  #open(frame: Frame): Taken {
    switch (frame.type) {
      case 'header':
        return this.#openHeader(frame);
      case 'checkpoint':
        return this.#openCheckpoint(frame);
      case 'key':
        return this.#openKey(frame);
      case 'event':
      case 'piece':
      case 'packed':
        return this.#openPart(frame);
    }
  }

  #openHeader(frame: Frame): Taken {
    const header = parseHeader(frame.body);
    if (header === null)
      return fault(frame, { code: 'malformed_header', message: 'the header cannot be read' });
    if (this.#keys === null) {
      throw new AppError(
        'config_invalid',
        'The recording was made with other keys than those of this deployment.',
        {
          context: { sessionId: header.sessionId },
        },
      );
    }
    const dataKey = this.#unwrap(header.wrappedDataKey, Buffer.from(header.sessionId));
    if (dataKey === null) {
      return fault(frame, { code: 'malformed_header', message: 'the data key cannot be unwrapped' });
    }
    this.#header = header;
    this.#stream = new OpeningStream({ dataKey, iv: header.iv });
    return NOTHING;
  }

  #openKey(frame: Frame): Taken {
    const following = parseFollowingKey(frame.body);
    const sessionId = this.#header?.sessionId;
    if (following === null || sessionId === undefined) {
      return fault(frame, { code: 'malformed_frame', message: 'the key frame cannot be read' });
    }
    const context = followingKeyContext({ sessionId, sequence: frame.sequence });
    const dataKey = this.#unwrap(following.wrappedDataKey, context);
    if (dataKey === null) {
      return fault(frame, { code: 'not_authentic', message: 'the data key cannot be unwrapped' });
    }
    this.#stream = new OpeningStream({ dataKey, iv: following.iv });
    return { problem: this.#order.follow(frame, null), part: { kind: 'continuation' } };
  }

  #unwrap(wrapped: Uint8Array, context: Uint8Array): Uint8Array | null {
    try {
      return this.#keys?.unwrapDataKey(wrapped, context) ?? null;
    } catch {
      return null;
    }
  }

  #openPart(frame: Frame): Taken {
    const plaintext = this.#stream?.open({ frame, chain: this.#chain }) ?? null;
    if (plaintext === null) {
      return fault(frame, { code: 'not_authentic', message: 'this frame is not what was written here' });
    }
    const { type, offset } = frame;
    const part: EventPart = {
      kind: 'part',
      plaintext,
      last: type !== 'piece',
      packed: type === 'packed',
      offset,
    };
    return { problem: this.#order.follow(frame, null), part };
  }

  #openCheckpoint(frame: Frame): Taken {
    const checkpoint = parseCheckpoint(frame);
    const sessionId = this.#header?.sessionId;
    if (checkpoint === null || sessionId === undefined || this.#keys === null) {
      return fault(frame, { code: 'malformed_frame', message: 'the checkpoint cannot be read' });
    }
    if (!checkpoint.chain.equals(this.#chain)) {
      return fault(frame, { code: 'chain_broken', message: 'the checkpoint does not fit what is before it' });
    }
    if (!isSignedBy(this.#keys.publicKey.key, { sessionId, frame })) {
      return fault(frame, { code: 'bad_signature', message: 'the signature of this checkpoint is wrong' });
    }
    this.#setAsideBytes = checkpoint.setAside.bytes;
    const seal = checkpoint.kind === 'interval' ? null : checkpoint.kind;
    return { problem: this.#order.follow(frame, seal), part: null };
  }
}

function fault(frame: Frame, problem: Omit<RecordingProblem, 'offset'>): Taken {
  return { problem: { ...problem, offset: frame.offset }, part: null };
}

function problemOf({ code, message, offset }: RecordingProblem): RecordingProblem {
  return { code, message, offset };
}
