/**
 * The attribute lines of SCRAM (RFC 5802 section 5 and 7), read strictly: PostgreSQL sends no optional
 * extensions and mandatory ones ("m=") must be refused.
 */
import { AppError } from '../../../core/errors.ts';

export const SCRAM_SHA_256 = 'SCRAM-SHA-256';
export const SCRAM_SHA_256_PLUS = 'SCRAM-SHA-256-PLUS';

const NONCE = /^[\x21-\x2b\x2d-\x7e]{8,256}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function scramFault(message: string): AppError {
  return new AppError('invalid_input', message, { context: { sqlState: '08P01' } });
}

export type ChannelBinding = 'none' | 'client-supports' | { readonly type: string };

export interface ClientFirst {
  readonly gs2Header: string;
  readonly binding: ChannelBinding;
  readonly bare: string;
  readonly nonce: string;
}

/** `n,,n=user,r=nonce`, `y,,…` or `p=tls-server-end-point,,…`. The user name is ignored, as PostgreSQL does. */
export function parseClientFirst(text: string): ClientFirst {
  const parts = /^((?:n|y|p=([A-Za-z0-9.-]{1,60})),,)(n=[^,]*,r=([^,]*))$/.exec(text);
  const [, gs2Header, type, bare, nonce] = parts ?? [];
  if (gs2Header === undefined || bare === undefined || nonce === undefined || !NONCE.test(nonce)) {
    throw scramFault('The first SCRAM message is malformed');
  }
  const binding = type !== undefined ? { type } : gs2Header.startsWith('y') ? 'client-supports' : 'none';
  return { gs2Header, binding, bare, nonce };
}

export interface ClientFinal {
  /** Everything before `,p=`: the part that the proof covers. */
  readonly withoutProof: string;
  readonly channelBindingBase64: string;
  readonly nonce: string;
  readonly proof: Buffer;
}

export function parseClientFinal(text: string): ClientFinal {
  const parts = /^(c=([^,]+),r=([^,]+)),p=([^,]+)$/.exec(text);
  const [, withoutProof, channelBindingBase64, nonce, proof] = parts ?? [];
  if (
    withoutProof === undefined ||
    channelBindingBase64 === undefined ||
    nonce === undefined ||
    proof === undefined
  ) {
    throw scramFault('The final SCRAM message is malformed');
  }
  if (!BASE64.test(proof)) throw scramFault('The SCRAM proof is not base64');
  return { withoutProof, channelBindingBase64, nonce, proof: Buffer.from(proof, 'base64') };
}

export interface ServerFirst {
  readonly nonce: string;
  readonly salt: Buffer;
  readonly iterations: number;
}

/** PostgreSQL's own default is 4,096; more than this would let a target keep our processor busy. */
const ITERATIONS_MAX = 1_000_000;
const ITERATIONS_MIN = 4_096;

export function parseServerFirst(text: string): ServerFirst {
  const parts = /^r=([^,]+),s=([^,]+),i=(\d{1,9})$/.exec(text);
  const [, nonce, salt, count] = parts ?? [];
  if (nonce === undefined || salt === undefined || count === undefined || !BASE64.test(salt)) {
    throw scramFault('The target sent a malformed SCRAM challenge');
  }
  const iterations = Number(count);
  if (iterations < ITERATIONS_MIN || iterations > ITERATIONS_MAX) {
    throw scramFault(
      `The target asks for ${iterations} SCRAM iterations; between ${ITERATIONS_MIN} and ${ITERATIONS_MAX} are accepted`,
    );
  }
  return { nonce, salt: Buffer.from(salt, 'base64'), iterations };
}
