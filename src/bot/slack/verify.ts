/** Whether a call really comes from Slack, and now. Slack's own library accepts timestamps that lie ahead. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../../core/secret.ts';

/** To either side: clocks differ, and what was sent long ago or not yet is nothing that Slack sent now. */
export const SIGNATURE_WINDOW_MS = 300_000;

export interface SignedCall {
  /** Of the header X-Slack-Request-Timestamp. */
  readonly timestamp: string | undefined;
  /** Of the header X-Slack-Signature. */
  readonly signature: string | undefined;
  /** As it arrived, before anything is parsed. */
  readonly body: Uint8Array;
}

/** Why a call is refused, for the log; the answer does not tell them apart. */
export type SignatureProblem = 'not signed' | 'too old' | 'from the future' | 'signed by somebody else';

/** @returns null for a call that is genuine; whether it came before is another question */
export function problemOfSignature(
  call: SignedCall,
  options: { readonly secret: Secret<string>; readonly now: Date },
): SignatureProblem | null {
  const { timestamp, signature, body } = call;
  if (timestamp === undefined || signature === undefined) return 'not signed';
  if (!/^\d{1,12}$/.test(timestamp) || !/^v0=[0-9a-f]{64}$/.test(signature)) return 'not signed';
  const expected = createHmac('sha256', options.secret.reveal()).update(`v0:${timestamp}:`).update(body);
  if (!timingSafeEqual(expected.digest(), Buffer.from(signature.slice('v0='.length), 'hex'))) {
    return 'signed by somebody else';
  }
  const aheadMs = Number(timestamp) * 1_000 - options.now.getTime();
  if (aheadMs < -SIGNATURE_WINDOW_MS) return 'too old';
  return aheadMs > SIGNATURE_WINDOW_MS ? 'from the future' : null;
}
