/**
 * The encrypted stream of one recording: encrypt-then-MAC with one running AES-256-CTR cipher. Both
 * keys come from the session's data key, which is used for nothing else, so no key and counter ever
 * meet twice. docs/recording-format.md, "Events".
 */
import {
  type Cipheriv,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type Decipheriv,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import { derive } from '../store/sealing.ts';
import { CHAIN_BYTES, sha256 } from './chain.ts';
import { FRAME_HEADER_BYTES, type Frame, type FrameType, TAG_BYTES, writeFrameHeader } from './frame.ts';

export const DATA_KEY_BYTES = 32;

const CIPHER = 'aes-256-ctr';

/** Seals plaintext into frames, in order. */
export class SealingStream {
  readonly #cipher: Cipheriv;
  readonly #macKey: KeyObject;

  constructor(input: { dataKey: Uint8Array; iv: Uint8Array }) {
    this.#cipher = createCipheriv(CIPHER, encryptionKeyOf(input.dataKey), input.iv);
    this.#macKey = macKeyOf(input.dataKey);
  }

  /**
   * The tag covers chain || header || ciphertext and the chain covers chain || frame: laying them out
   * side by side saves a copy for each.
   * @returns the frame and the chain after it
   */
  seal(input: { type: FrameType; sequence: number; chain: Uint8Array; plaintext: Uint8Array }): {
    frame: Buffer;
    chain: Buffer;
  } {
    const bodyBytes = input.plaintext.length + TAG_BYTES;
    const laidOut = Buffer.allocUnsafe(CHAIN_BYTES + FRAME_HEADER_BYTES + bodyBytes);
    laidOut.set(input.chain, 0);
    writeFrameHeader(laidOut, { at: CHAIN_BYTES, type: input.type, sequence: input.sequence, bodyBytes });
    laidOut.set(this.#cipher.update(input.plaintext), CHAIN_BYTES + FRAME_HEADER_BYTES);
    const tagAt = laidOut.length - TAG_BYTES;
    laidOut.set(createHmac('sha256', this.#macKey).update(laidOut.subarray(0, tagAt)).digest(), tagAt);
    return { frame: laidOut.subarray(CHAIN_BYTES), chain: sha256(laidOut) };
  }
}

/** Opens frames in order; a frame that was not sealed by us at this place yields nothing. */
export class OpeningStream {
  readonly #decipher: Decipheriv;
  readonly #macKey: KeyObject;

  constructor(input: { dataKey: Uint8Array; iv: Uint8Array }) {
    this.#decipher = createDecipheriv(CIPHER, encryptionKeyOf(input.dataKey), input.iv);
    this.#macKey = macKeyOf(input.dataKey);
  }

  /** @returns the plaintext, or null when the tag does not fit (nothing has been decrypted then) */
  open(input: { frame: Frame; chain: Uint8Array }): Buffer | null {
    const { bytes } = input.frame;
    const tagAt = bytes.length - TAG_BYTES;
    const mac = createHmac('sha256', this.#macKey).update(input.chain).update(bytes.subarray(0, tagAt));
    if (!timingSafeEqual(mac.digest(), bytes.subarray(tagAt))) return null;
    return this.#decipher.update(bytes.subarray(FRAME_HEADER_BYTES, tagAt));
  }
}

function encryptionKeyOf(dataKey: Uint8Array): Buffer {
  return derive(dataKey, 'sallyport recording encryption v1');
}

/** A KeyObject: with raw bytes each HMAC measured six times slower. */
function macKeyOf(dataKey: Uint8Array): KeyObject {
  return createSecretKey(derive(dataKey, 'sallyport recording authentication v1'));
}
