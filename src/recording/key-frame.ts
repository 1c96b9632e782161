/**
 * Key frames: recovery goes on under a data key of its own, because the counters of the one before may have
 * sealed bytes that are in no frame. JSON in clear. docs/recording-format.md, "Key frames".
 */
import { z } from 'zod';
import { IV_BYTES } from './header.ts';

export interface FollowingKey {
  readonly wrappedDataKey: Buffer;
  /** Initial counter block of the AES-256-CTR stream that begins with the next frame. */
  readonly iv: Buffer;
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const keySchema = z.strictObject({
  wrappedDataKey: z.string().regex(BASE64).max(200),
  iv: z.string().regex(BASE64).max(40),
});

export function encodeFollowingKey({ wrappedDataKey, iv }: FollowingKey): Buffer {
  return Buffer.from(
    JSON.stringify({ wrappedDataKey: wrappedDataKey.toString('base64'), iv: iv.toString('base64') }),
  );
}

/** @returns null for anything else */
export function parseFollowingKey(body: Buffer): FollowingKey | null {
  const parsed = keySchema.safeParse(parseJson(body));
  if (!parsed.success) return null;
  const iv = Buffer.from(parsed.data.iv, 'base64');
  if (iv.length !== IV_BYTES) return null;
  return { iv, wrappedDataKey: Buffer.from(parsed.data.wrappedDataKey, 'base64') };
}

/** What its data key is wrapped with: fits neither a header nor another place. */
export function followingKeyContext(place: { sessionId: string; sequence: number }): Buffer {
  return Buffer.from(`${place.sessionId} ${place.sequence}`, 'latin1');
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
}
