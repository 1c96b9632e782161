/** The event that tells of a new signing key: whoever trusts the one before follows it. docs/audit-log.md, "Keys". */
import { z } from 'zod';
import { type EndorsedKey, publicKeyOf } from '../store/signing-chain.ts';
import type { LoggedEvent } from './logged-event.ts';

export const NEW_SIGNING_KEY = 'signing-key.rotated';

export interface NewSigningKey {
  readonly key: EndorsedKey;
  readonly previousSha256: string;
}

const DATA = z.looseObject({
  number: z.int().min(2),
  publicKey: z.string().max(1_000),
  previousSha256: z.string().regex(/^[0-9a-f]{64}$/),
  endorsement: z.string().regex(/^[0-9a-f]{128}$/),
});

/** @returns null for an event of this type that says nothing of a key */
export function newSigningKeyIn({ at, data }: LoggedEvent): NewSigningKey | null {
  const parsed = DATA.safeParse(data);
  if (!parsed.success) return null;
  const { number, publicKey, previousSha256, endorsement } = parsed.data;
  try {
    const key = publicKeyOf(Buffer.from(publicKey, 'base64'));
    const signature = Buffer.from(endorsement, 'hex');
    return { previousSha256, key: { ...key, endorsement: { number, atMs: Date.parse(at), signature } } };
  } catch {
    return null;
  }
}
