/** The broker's own TLS certificate, for installations that configure none. */
// The certificate library resolves its parts by decorators and refuses to load without this polyfill.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import * as x509 from '@peculiar/x509';

const VALID_YEARS = 10;
const CLOCK_SKEW_MS = 24 * 3_600_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

export interface CertificatePems {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/**
 * A self-signed ECDSA P-256 certificate for localhost, the loopback addresses and `publicHost`. The
 * caller keeps it, so that every replica and every restart shows the same one.
 */
export async function generateCertificate(options: {
  readonly publicHost: string;
  readonly now: Date;
}): Promise<CertificatePems> {
  x509.cryptoProvider.set(webcrypto);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const notAfter = new Date(options.now);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + VALID_YEARS);
  const names = new Set(['localhost', '127.0.0.1', '::1', options.publicHost]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Sallyport broker',
    notBefore: new Date(options.now.getTime() - CLOCK_SKEW_MS),
    notAfter,
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        [...names].map((name) => ({ type: isIP(name) === 0 ? 'dns' : 'ip', value: name }) as const),
      ),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificatePem: certificate.toString('pem'),
    keyPem: x509.PemConverter.encode(key, 'PRIVATE KEY'),
  };
}
