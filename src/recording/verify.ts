/**
 * Checks a recording with nothing but the file and the deployment's public key: for someone who does
 * not trust us. It cannot read the events; it proves that they are those that were written, all of
 * them, in order, for this session. Design section 8, promise 9.
 */
import { chainAfter, chainStart } from './chain.ts';
import { type Checkpoint, isSignedBy, parseCheckpoint, type SealKind } from './checkpoint.ts';
import type { Frame } from './frame.ts';
import { type FramesEnd, type RecordingSource, readFrames } from './frame-source.ts';
import { parseHeader } from './header.ts';
import type { RecordingProblem } from './problem.ts';
import { keysOf, type PublicKey, parsePublicKey, type TrustedKey } from './public-key.ts';
import { afterClose, FrameOrder } from './structure.ts';

export interface Verification {
  /** Sealed, and everything in it is as it was written. */
  readonly ok: boolean;
  readonly sessionId: string | null;
  /** When it began, by its header: ISO 8601. */
  readonly createdAt: string | null;
  /** Hex chain value over the whole file, to compare with the audit log; null unless ok. */
  readonly headHex: string | null;
  readonly frames: number;
  /**
   * So many bytes from the start are covered by a good signature. A problem's offset is where it was
   * noticed; the damage may begin anywhere from here on.
   */
  readonly provenBytes: number;
  /** `recovered`: the recorder died and the end of the file was sealed afterwards. */
  readonly sealedBy: SealKind | null;
  /** Bytes of an unfinished write that recovery cut and kept beside the recording. */
  readonly setAsideBytes: number;
  /** Hex SHA-256 of the public key that its header names; null where that is none of those that were given. */
  readonly signingKeySha256: string | null;
  readonly problems: readonly RecordingProblem[];
}

/**
 * Reads once from start to end, in bounded memory.
 * @param input.publicKeyPem the key, or a bundle of those that follow from its first; or the same as `key`
 * @throws AppError `invalid_input` for a public key that is none, `not_found` and `unavailable` for
 *   the file. What is wrong with the recording itself is an answer, not an error.
 */
export async function verifyRecording(
  input: RecordingSource & ({ readonly publicKeyPem: string } | { readonly key: TrustedKey }),
): Promise<Verification> {
  const walk = new VerificationWalk('key' in input ? input.key : parsePublicKey(input.publicKeyPem));
  for await (const item of readFrames(input)) {
    if (item.kind !== 'frame') walk.finish(item);
    else if (!walk.take(item.frame)) break;
  }
  return walk.result();
}

class VerificationWalk {
  readonly #trusted: TrustedKey;
  /** The one that the header names. */
  #publicKey: PublicKey | null = null;
  readonly #order = new FrameOrder();
  readonly #problems: RecordingProblem[] = [];
  #sessionId: string | null = null;
  #createdAt: string | null = null;
  #chain = chainStart();
  #frames = 0;
  #setAsideBytes = 0;
  /** Everything before this offset is covered by a good signature. */
  #provenBytes = 0;

  constructor(trusted: TrustedKey) {
    this.#trusted = trusted;
  }

  /** @returns false when nothing behind this frame can be judged any more */
  take(frame: Frame): boolean {
    const fault = this.#order.check(frame) ?? this.#judge(frame);
    if (fault !== null) {
      this.#problems.push(fault);
      return false;
    }
    this.#chain = chainAfter(this.#chain, frame.bytes);
    this.#frames += 1;
    return true;
  }

  finish(end: FramesEnd): void {
    const { offset } = end;
    if (end.kind === 'malformed')
      this.#problems.push(this.#order.sealedBy === null ? end : afterClose(offset));
    if (end.kind === 'torn')
      this.#problems.push(this.#order.sealedBy === null ? torn(end) : afterClose(offset));
    if (this.#order.sealedBy === null && end.kind !== 'malformed') {
      const message =
        'there is no closing checkpoint: the session still runs, or crashed and was not recovered, or the end was cut off';
      this.#problems.push({
        code: 'unsealed',
        message,
        offset: offset + (end.kind === 'torn' ? end.bytes : 0),
      });
    }
  }

  result(): Verification {
    const ok = this.#problems.length === 0;
    return {
      ok,
      sessionId: this.#sessionId,
      createdAt: this.#createdAt,
      headHex: ok ? this.#chain.toString('hex') : null,
      frames: this.#frames,
      provenBytes: this.#provenBytes,
      sealedBy: this.#order.sealedBy,
      setAsideBytes: this.#setAsideBytes,
      signingKeySha256: this.#publicKey?.sha256 ?? null,
      problems: this.#problems.map(({ code, message, offset }) => ({ code, message, offset })),
    };
  }

  #judge(frame: Frame): RecordingProblem | null {
    switch (frame.type) {
      case 'header':
        return this.#judgeHeader(frame);
      case 'checkpoint':
        return this.#judgeCheckpoint(frame);
      case 'event':
      case 'piece':
      case 'packed':
      case 'key':
        return this.#order.follow(frame, null);
    }
  }

  #judgeHeader(frame: Frame): RecordingProblem | null {
    const header = parseHeader(frame.body);
    if (header === null) {
      return { code: 'malformed_header', message: 'the header frame cannot be read', offset: frame.offset };
    }
    const { signingKeySha256 } = header;
    this.#publicKey = keysOf(this.#trusted).find(({ sha256 }) => sha256 === signingKeySha256) ?? null;
    if (this.#publicKey === null) {
      const message = `it names signing key ${signingKeySha256.slice(0, 16)}…, ${namesOf(this.#trusted)}`;
      return { code: 'wrong_key', message, offset: frame.offset };
    }
    this.#sessionId = header.sessionId;
    this.#createdAt = header.createdAt;
    return this.#order.follow(frame, null);
  }

  #judgeCheckpoint(frame: Frame): RecordingProblem | null {
    const checkpoint = parseCheckpoint(frame);
    const sessionId = this.#sessionId;
    const publicKey = this.#publicKey;
    if (checkpoint === null || sessionId === null || publicKey === null) {
      return { code: 'malformed_frame', message: 'the checkpoint cannot be read', offset: frame.offset };
    }
    if (!isSignedBy(publicKey.key, { sessionId, frame })) {
      const message = 'the signature of this checkpoint is not one of this key, this session and this place';
      return { code: 'bad_signature', message, offset: frame.offset };
    }
    const broken = this.#brokenChain(frame, checkpoint);
    if (broken !== null) return broken;
    this.#provenBytes = frame.offset + frame.bytes.length;
    this.#setAsideBytes = checkpoint.setAside.bytes;
    return this.#order.follow(frame, checkpoint.kind === 'interval' ? null : checkpoint.kind);
  }

  /** The signature is good, so it is the bytes since the last good checkpoint that are not as written. */
  #brokenChain(frame: Frame, checkpoint: Checkpoint): RecordingProblem | null {
    if (checkpoint.chain.equals(this.#chain)) return null;
    const message = `bytes ${this.#provenBytes} to ${frame.offset - 1} are not what was written (signed by the checkpoint at ${frame.offset})`;
    return { code: 'chain_broken', message, offset: this.#provenBytes };
  }
}

function namesOf(trusted: TrustedKey): string {
  const [first, ...following] = keysOf(trusted);
  const own = `this key is ${first?.sha256.slice(0, 16)}…`;
  const count = following.length === 1 ? 'one' : String(following.length);
  return following.length === 0 ? own : `${own}, and it is not the ${count} that it endorses`;
}

function torn(end: { offset: number; bytes: number }): RecordingProblem {
  return {
    code: 'torn_frame',
    message: `the last frame is incomplete: ${end.bytes} bytes of it`,
    offset: end.offset,
  };
}
