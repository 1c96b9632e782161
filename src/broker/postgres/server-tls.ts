/** TLS towards clients: the upgrade of an accepted socket, and what SCRAM binds to. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { AppError } from '../../core/errors.ts';
import { certificateHashOf } from './scram/channel-binding.ts';

/** The protocol name that direct TLS must agree on (PostgreSQL documentation, "SSL Session Encryption"). */
const ALPN = 'postgresql';

export interface ServerTls {
  readonly context: SecureContext;
  /** For tls-server-end-point (RFC 5929 section 4.1); null when the signature's hash is not known. */
  readonly certificateHash: Buffer | null;
}

/** @throws AppError `config_invalid` when the PEMs cannot be used */
export function openServerTls(pems: { readonly certificatePem: string; readonly keyPem: string }): ServerTls {
  try {
    const context = createSecureContext({
      cert: pems.certificatePem,
      key: pems.keyPem,
      minVersion: 'TLSv1.2',
    });
    return { context, certificateHash: certificateHashOf(new X509Certificate(pems.certificatePem)) };
  } catch (error) {
    throw new AppError('config_invalid', 'The broker certificate and key cannot be used for TLS', {
      cause: error,
    });
  }
}

/**
 * @param options.direct true when the client began with TLS: it must then name the protocol, so that
 *   a client of another protocol cannot be made to talk to us
 */
export async function upgradeServerSide(options: {
  readonly socket: Socket;
  readonly tls: ServerTls;
  readonly direct: boolean;
}): Promise<TLSSocket> {
  const secure = new TLSSocket(options.socket, {
    isServer: true,
    secureContext: options.tls.context,
    ALPNProtocols: [ALPN],
  });
  // A connection can break at any moment from here on; whoever reads next sees it closed.
  secure.on('error', () => secure.destroy());
  const waiting = new AbortController();
  const { signal } = waiting;
  try {
    const event = await Promise.race([
      once(secure, 'secure', { signal }).then(() => 'secure'),
      once(secure, 'close', { signal }).then(() => 'close'),
    ]);
    if (event === 'close') throw new AppError('gone', 'The TLS handshake failed');
  } finally {
    waiting.abort();
  }
  if (options.direct && secure.alpnProtocol !== ALPN) {
    secure.destroy();
    throw new AppError('gone', 'The client began with TLS without naming the protocol');
  }
  return secure;
}
