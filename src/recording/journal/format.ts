/**
 * The files of a journal, `JOURNAL_ID.NUMBER.sjournal`: pure codec, no I/O. docs/recording-format.md, "Journal",
 * is the specification. Each file (a segment) has a data key of its own and can be read without the others.
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
import { z } from 'zod';
import { derive } from '../../store/sealing.ts';
import { sha256 } from '../chain.ts';
import { TAG_BYTES } from '../frame.ts';
import { IV_BYTES } from '../header.ts';

/** `SPJNL`, CR LF, format version 1. */
export const JOURNAL_MAGIC = Buffer.from('SPJNL\r\n\x01', 'latin1');
/** A length and its complement: a damaged length must not pass for a write that was cut. */
export const LENGTH_BYTES = 8;
/** Ciphertext of one frame: the lines of one turn, of which one may be as large as an event may be. */
export const JOURNAL_FRAME_BYTES_MAX = 80 * 1_048_576;
export const JOURNAL_HEADER_BYTES_MAX = 4_096;

const CIPHER = 'aes-256-ctr';
const UTF8_BYTES_MAX = 3;
/** Kept between frames; what is larger is made for its frame. */
const KEPT_BYTES = 65_536;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export interface SegmentHeader {
  readonly journalId: string;
  /** Of the segment: they are numbered from 1 without a gap. */
  readonly segment: number;
  /** Which master key wraps the data key. */
  readonly keyId: string;
  readonly wrappedDataKey: Buffer;
  /** Initial counter block. */
  readonly iv: Buffer;
  /** ISO 8601. */
  readonly createdAt: string;
}

const headerSchema = z.strictObject({
  journalId: z.string().regex(/^j-[0-9a-f]{16}$/),
  segment: z.int().positive(),
  keyId: z.string().regex(/^[0-9a-f]{16}$/),
  wrappedDataKey: z.string().regex(BASE64).max(200),
  iv: z.string().regex(BASE64).max(40),
  createdAt: z.iso.datetime(),
});

/** One line of a session. */
export interface JournalEntry {
  readonly sessionId: string;
  /** Counts the session's journalled events from 1; 0 only says that the session is open. */
  readonly ordinal: number;
  /** The event as it stands in the session's file. */
  readonly line: string;
}

/** What the data key of a segment is wrapped with: a session's id has no dot. */
export function wrappingContext(header: Pick<SegmentHeader, 'journalId' | 'segment'>): Buffer {
  return Buffer.from(`${header.journalId}.${header.segment}`, 'latin1');
}

/** Magic and header: what a segment begins with. */
export function encodeSegmentStart(header: SegmentHeader): Buffer {
  const json = JSON.stringify({
    ...header,
    wrappedDataKey: header.wrappedDataKey.toString('base64'),
    iv: header.iv.toString('base64'),
  });
  const body = Buffer.from(json, 'utf8');
  const length = Buffer.alloc(LENGTH_BYTES);
  writeLength(length, { at: 0, length: body.length });
  return Buffer.concat([JOURNAL_MAGIC, length, body]);
}

/** @returns null for anything that is not a header of format version 1 */
export function parseSegmentHeader(body: Buffer): SegmentHeader | null {
  const parsed = headerSchema.safeParse(parseJson(body));
  if (!parsed.success) return null;
  const iv = Buffer.from(parsed.data.iv, 'base64');
  if (iv.length !== IV_BYTES) return null;
  return { ...parsed.data, iv, wrappedDataKey: Buffer.from(parsed.data.wrappedDataKey, 'base64') };
}

function writeLength(target: Buffer, input: { at: number; length: number }): void {
  target.writeUInt32BE(input.length, input.at);
  target.writeUInt32BE(~input.length >>> 0, input.at + 4);
}

/** @returns null when the two copies do not fit, or it is out of range (1 to `max`) */
export function readLength(bytes: Buffer, input: { at: number; max: number }): number | null {
  const length = bytes.readUInt32BE(input.at);
  const fits = bytes.readUInt32BE(input.at + 4) === ~length >>> 0;
  return fits && length >= 1 && length <= input.max ? length : null;
}

/** What a line of the journal is in clear. */
export function encodeEntry({ sessionId, ordinal, line }: JournalEntry): string {
  return `${sessionId} ${ordinal} ${line}\n`;
}

/** The entries of a frame. @returns null when the text is not made of them */
export function parseEntries(text: string): JournalEntry[] | null {
  if (!text.endsWith('\n')) return null;
  const entries: JournalEntry[] = [];
  for (const entry of text.slice(0, -1).split('\n')) {
    const afterId = entry.indexOf(' ');
    const afterOrdinal = entry.indexOf(' ', afterId + 1);
    const ordinal = Number(entry.slice(afterId + 1, afterOrdinal));
    if (afterId < 1 || afterOrdinal < afterId + 2 || !Number.isSafeInteger(ordinal)) return null;
    entries.push({ sessionId: entry.slice(0, afterId), ordinal, line: entry.slice(afterOrdinal + 1) });
  }
  return entries;
}

/** Seals text into the frames of one segment, in order. */
export class JournalSealer {
  readonly #cipher: Cipheriv;
  readonly #macKey: KeyObject;
  #plaintext = Buffer.allocUnsafeSlow(KEPT_BYTES);
  /** The tag before, then the frame, so that one call computes the tag over both. */
  #laidOut = Buffer.allocUnsafeSlow(KEPT_BYTES + TAG_BYTES + LENGTH_BYTES + TAG_BYTES);
  readonly #lastTag = Buffer.allocUnsafeSlow(TAG_BYTES);

  /** @param input.start magic and header of the segment, which the first tag covers */
  constructor(input: { dataKey: Uint8Array; iv: Uint8Array; start: Uint8Array }) {
    this.#cipher = createCipheriv(CIPHER, encryptionKeyOf(input.dataKey), input.iv);
    this.#macKey = macKeyOf(input.dataKey);
    this.#lastTag.set(sha256(input.start));
  }

  /** @returns the frame; the next call writes over it */
  seal(text: string): Buffer {
    const room = text.length * UTF8_BYTES_MAX;
    const plaintext = room <= KEPT_BYTES ? this.#plaintext : Buffer.allocUnsafeSlow(room);
    const bytes = plaintext.write(text, 0, 'utf8');
    const tagAt = TAG_BYTES + LENGTH_BYTES + bytes;
    const end = tagAt + TAG_BYTES;
    const laidOut = end <= this.#laidOut.length ? this.#laidOut : Buffer.allocUnsafeSlow(end);
    laidOut.set(this.#lastTag, 0);
    writeLength(laidOut, { at: TAG_BYTES, length: bytes });
    laidOut.set(this.#cipher.update(plaintext.subarray(0, bytes)), TAG_BYTES + LENGTH_BYTES);
    const tag = createHmac('sha256', this.#macKey).update(laidOut.subarray(0, tagAt)).digest();
    laidOut.set(tag, tagAt);
    this.#lastTag.set(tag);
    return laidOut.subarray(TAG_BYTES, end);
  }
}

/** Opens the frames of one segment, in order. */
export class JournalOpener {
  readonly #decipher: Decipheriv;
  readonly #macKey: KeyObject;
  #lastTag: Buffer;

  constructor(input: { dataKey: Uint8Array; iv: Uint8Array; start: Uint8Array }) {
    this.#decipher = createDecipheriv(CIPHER, encryptionKeyOf(input.dataKey), input.iv);
    this.#macKey = macKeyOf(input.dataKey);
    this.#lastTag = sha256(input.start);
  }

  /** @returns null when the whole frame is not what was written here (nothing has been decrypted then) */
  open(frame: Buffer): string | null {
    const tagAt = frame.length - TAG_BYTES;
    const tag = frame.subarray(tagAt);
    const mac = createHmac('sha256', this.#macKey).update(this.#lastTag).update(frame.subarray(0, tagAt));
    if (!timingSafeEqual(mac.digest(), tag)) return null;
    this.#lastTag = tag;
    return this.#decipher.update(frame.subarray(LENGTH_BYTES, tagAt)).toString('utf8');
  }
}

function encryptionKeyOf(dataKey: Uint8Array): Buffer {
  return derive(dataKey, 'sallyport journal encryption v1');
}

/** A KeyObject: with raw bytes each HMAC measured six times slower. */
function macKeyOf(dataKey: Uint8Array): KeyObject {
  return createSecretKey(derive(dataKey, 'sallyport journal authentication v1'));
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
