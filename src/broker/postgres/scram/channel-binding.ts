import { createHash, type X509Certificate } from 'node:crypto';

/** The only binding type that PostgreSQL knows (RFC 5929 section 4). */
export const END_POINT = 'tls-server-end-point';

/**
 * RFC 5929 section 4.1: the certificate, hashed as its own signature is, with SHA-256 in place of MD5 and SHA-1.
 * @returns null when the signature's hash is not known
 */
export function certificateHashOf(certificate: X509Certificate): Buffer | null {
  const hash = /sha-?(1|256|384|512)/i.exec(certificate.signatureAlgorithm ?? '')?.[1];
  if (hash === undefined) return null;
  return createHash(hash === '1' ? 'sha256' : `sha${hash}`)
    .update(certificate.raw)
    .digest();
}
