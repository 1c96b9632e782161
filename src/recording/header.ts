/** The first frame of a recording: whose session it is and how its data key is wrapped. JSON in clear. */
import { z } from 'zod';
import { checkedSessionId } from './layout.ts';

export const IV_BYTES = 16;

export interface RecordingHeader {
  readonly sessionId: string;
  /** Which master key wraps the data key. */
  readonly keyId: string;
  readonly wrappedDataKey: Buffer;
  /** Initial counter block of the recording's AES-256-CTR stream. */
  readonly iv: Buffer;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Hex SHA-256 of the signing key's public half, SubjectPublicKeyInfo in DER. */
  readonly signingKeySha256: string;
  /** The journal that may hold lines which this file lacks; null for a recording without one. */
  readonly journal: string | null;
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const headerSchema = z.strictObject({
  sessionId: z.string().refine(isSessionId),
  keyId: z.string().regex(/^[0-9a-f]{16}$/),
  wrappedDataKey: z.string().regex(BASE64).max(200),
  iv: z.string().regex(BASE64).max(40),
  createdAt: z.iso.datetime(),
  signingKeySha256: z.string().regex(/^[0-9a-f]{64}$/),
  journal: z
    .string()
    .regex(/^j-[0-9a-f]{16}$/)
    .optional(),
});

export function encodeHeader(header: RecordingHeader): Buffer {
  const text = JSON.stringify({
    ...header,
    wrappedDataKey: header.wrappedDataKey.toString('base64'),
    iv: header.iv.toString('base64'),
    journal: header.journal ?? undefined,
  });
  return Buffer.from(text, 'utf8');
}

/** @returns null for anything that is not a header of format version 1 */
export function parseHeader(body: Uint8Array): RecordingHeader | null {
  const parsed = headerSchema.safeParse(parseJson(body));
  if (!parsed.success) return null;
  const iv = Buffer.from(parsed.data.iv, 'base64');
  if (iv.length !== IV_BYTES) return null;
  const { journal = null, wrappedDataKey } = parsed.data;
  return { ...parsed.data, iv, journal, wrappedDataKey: Buffer.from(wrappedDataKey, 'base64') };
}

function isSessionId(text: string): boolean {
  try {
    checkedSessionId(text);
    return true;
  } catch {
    return false;
  }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return null;
  }
}
