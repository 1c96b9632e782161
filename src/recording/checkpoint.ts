/**
 * Checkpoint frames: the chain so far, signed. `interval` while the session runs; `close` and
 * `recovered` seal the file, nothing may follow them. docs/recording-format.md, "Checkpoints".
 */
import { type KeyObject, verify } from 'node:crypto';
import { CHAIN_BYTES } from './chain.ts';
import {
  CHECKPOINT_BODY_BYTES,
  encodeFrame,
  FRAME_HEADER_BYTES,
  type Frame,
  writeFrameHeader,
} from './frame.ts';

const SIGNATURE_BYTES = 64;
const SIGNED_BODY_BYTES = CHECKPOINT_BODY_BYTES - SIGNATURE_BYTES;
const CONTEXT = Buffer.from('sallyport recording checkpoint v1\0', 'latin1');

const AT = { kind: 0, wallTimeMs: 1, setAsideBytes: 9, setAsideSha256: 17, chain: 49 } as const;

const KINDS = ['interval', 'close', 'recovered'] as const;
export type CheckpointKind = (typeof KINDS)[number];
/** The kinds that end a recording. */
export type SealKind = Exclude<CheckpointKind, 'interval'>;

export interface Checkpoint {
  readonly kind: CheckpointKind;
  /** Milliseconds since 1970, the recorder's clock. */
  readonly wallTimeMs: number;
  /** The chain over everything before this frame. */
  readonly chain: Buffer;
  /** What recovery cut behind the last whole frame and kept in a file of its own; zero otherwise. */
  readonly setAside: { readonly bytes: number; readonly sha256: Buffer };
}

export const NOTHING_SET_ASIDE: Checkpoint['setAside'] = { bytes: 0, sha256: Buffer.alloc(CHAIN_BYTES) };

/** The whole frame; `sign` is Ed25519 over the domain-separated message. */
export function encodeCheckpoint(
  checkpoint: Checkpoint,
  signing: { sessionId: string; sequence: number; sign: (message: Uint8Array) => Uint8Array },
): Buffer {
  const body = Buffer.alloc(CHECKPOINT_BODY_BYTES);
  body.writeUInt8(KINDS.indexOf(checkpoint.kind) + 1, AT.kind);
  body.writeBigUInt64BE(BigInt(checkpoint.wallTimeMs), AT.wallTimeMs);
  body.writeBigUInt64BE(BigInt(checkpoint.setAside.bytes), AT.setAsideBytes);
  body.set(checkpoint.setAside.sha256, AT.setAsideSha256);
  body.set(checkpoint.chain, AT.chain);
  body.set(signing.sign(signedMessage({ ...signing, body })), SIGNED_BODY_BYTES);
  return encodeFrame({ type: 'checkpoint', sequence: signing.sequence, body });
}

/** @returns null when the kind is unknown or a number is out of range */
export function parseCheckpoint(frame: Frame): Checkpoint | null {
  const { body } = frame;
  const kind = KINDS[body.readUInt8(AT.kind) - 1];
  const wallTimeMs = Number(body.readBigUInt64BE(AT.wallTimeMs));
  const setAsideBytes = Number(body.readBigUInt64BE(AT.setAsideBytes));
  if (kind === undefined || !Number.isSafeInteger(wallTimeMs) || !Number.isSafeInteger(setAsideBytes))
    return null;
  return {
    kind,
    wallTimeMs,
    chain: Buffer.from(body.subarray(AT.chain, AT.chain + CHAIN_BYTES)),
    setAside: {
      bytes: setAsideBytes,
      sha256: Buffer.from(body.subarray(AT.setAsideSha256, AT.setAsideSha256 + CHAIN_BYTES)),
    },
  };
}

/** Whether the deployment's key signed exactly this checkpoint for this session at this place. */
export function isSignedBy(publicKey: KeyObject, signed: { sessionId: string; frame: Frame }): boolean {
  const { body, sequence } = signed.frame;
  const message = signedMessage({ sessionId: signed.sessionId, sequence, body });
  return verify(null, message, publicKey, body.subarray(SIGNED_BODY_BYTES));
}

function signedMessage(input: { sessionId: string; sequence: number; body: Buffer }): Buffer {
  const sessionId = Buffer.from(input.sessionId, 'latin1');
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  writeFrameHeader(header, {
    at: 0,
    type: 'checkpoint',
    sequence: input.sequence,
    bodyBytes: CHECKPOINT_BODY_BYTES,
  });
  const length = Buffer.from([sessionId.length]);
  return Buffer.concat([CONTEXT, length, sessionId, header, input.body.subarray(0, SIGNED_BODY_BYTES)]);
}
