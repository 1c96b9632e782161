/** A certificate authority of a test, with a server's and a client's certificate, as files. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR_MS = 3_600_000;

/** Writes `NAME-ca.pem`, `NAME-server.pem`, `NAME-server.key`, `NAME-client.pem` and `NAME-client.key`. */
export async function writeCertificates(directory: string, name: string): Promise<void> {
  x509.cryptoProvider.set(webcrypto);
  const generate = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const times = { notBefore: new Date(Date.now() - HOUR_MS), notAfter: new Date(Date.now() + 24 * HOUR_MS) };
  const authority = await generate();
  const issuer = `CN=${name} test authority`;
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    ...times,
    name: issuer,
    keys: authority,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  await writeFile(join(directory, `${name}-ca.pem`), root.toString('pem'));
  const issue = async (role: 'server' | 'client'): Promise<void> => {
    const keys = await generate();
    const certificate = await x509.X509CertificateGenerator.create({
      ...times,
      subject: `CN=${name} ${role}`,
      issuer,
      signingKey: authority.privateKey,
      publicKey: keys.publicKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.ExtendedKeyUsageExtension([
          role === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth,
        ]),
        new x509.SubjectAlternativeNameExtension([
          { type: 'dns', value: 'localhost' },
          { type: 'ip', value: '127.0.0.1' },
        ]),
      ],
    });
    const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    await writeFile(join(directory, `${name}-${role}.pem`), certificate.toString('pem'));
    const pem = x509.PemConverter.encode(key, 'PRIVATE KEY');
    await writeFile(join(directory, `${name}-${role}.key`), pem, { mode: 0o600 });
  };
  await issue('server');
  await issue('client');
}
