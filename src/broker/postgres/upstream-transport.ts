/** TCP and TLS towards a target, in the modes of the resource's `tls` section. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { AppError, messageOf } from '../../core/errors.ts';
import type { PostgresResource } from '../../policies/document/schema.ts';
import { type HostAndPort, parseAddress } from '../address.ts';
import { encodeSslRequest } from './codec/startup.ts';
import { readExactly } from './handshake-reader.ts';

const YES = 0x53; // S

/** Where a target is and how it is reached. */
export type UpstreamTarget = Pick<
  PostgresResource,
  'name' | 'address' | 'database' | 'tls' | 'passwordMethods'
>;

/**
 * Opens a connection over which the start-up packet may be sent. Aborting `signal` destroys it.
 * @throws AppError `upstream_failed` that names the resource and the fault, never a credential
 */
export async function openTransport(resource: UpstreamTarget, signal: AbortSignal): Promise<Socket> {
  const address = parseAddress(resource.address);
  const raw = await connectRaw(resource, address, signal);
  try {
    if (resource.tls.mode === 'disable') return raw;
    return await upgrade({ resource, raw, address, signal });
  } catch (error) {
    raw.destroy();
    throw error;
  }
}

async function connectRaw(
  resource: UpstreamTarget,
  address: HostAndPort,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connectTcp({ host: address.host, port: address.port, noDelay: true });
  // `once` reports the first error; later ones only mean that the socket is gone, which its reader sees.
  socket.on('error', () => undefined);
  try {
    // The signal must not stay with the socket: it is the deadline of the login, not of the session.
    await once(socket, 'connect', { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw upstreamFailed(resource, 'cannot be reached', error);
  }
}

async function upgrade(options: {
  resource: UpstreamTarget;
  raw: Socket;
  address: HostAndPort;
  signal: AbortSignal;
}): Promise<Socket> {
  const { resource, raw, signal } = options;
  raw.write(encodeSslRequest());
  const answer = await readExactly(raw, 1);
  if (answer.readUInt8(0) !== YES) {
    throw upstreamFailed(
      resource,
      `does not offer TLS, which its configuration asks for (tls.mode: ${resource.tls.mode})`,
    );
  }
  if (raw.readableLength > 0) throw upstreamFailed(resource, 'sent data before encryption was agreed');
  const secure = connectTls({
    ...(await verification(resource, options.address)),
    socket: raw,
    minVersion: 'TLSv1.2',
  });
  secure.on('error', () => undefined);
  try {
    await once(secure, 'secureConnect', { signal });
    return secure;
  } catch (error) {
    secure.destroy();
    throw upstreamFailed(resource, 'failed the TLS handshake', error);
  }
}

/** `require` encrypts only, `verify-ca` trusts whoever the authority signed, `verify-full` checks the name too. */
async function verification(resource: UpstreamTarget, { host }: HostAndPort): Promise<ConnectionOptions> {
  const { mode, ca, certificate, key } = resource.tls;
  const options: ConnectionOptions = {
    host,
    ALPNProtocols: ['postgresql'],
    rejectUnauthorized: mode !== 'require',
    ...(isIP(host) === 0 ? { servername: host } : {}),
  };
  if (ca !== undefined) options.ca = await readPem(resource, ca, 'certificate authority');
  if (certificate !== undefined) {
    options.cert = await readPem(resource, certificate);
    options.key = await readPem(resource, key ?? certificate);
  }
  if (mode === 'verify-ca') options.checkServerIdentity = () => undefined;
  return options;
}

async function readPem(
  resource: UpstreamTarget,
  path: string,
  what = 'client certificate or key',
): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw upstreamFailed(resource, `needs the ${what} ${path}, which cannot be read`, error);
  }
}

/** @param what continues "The target NAME …" */
export function upstreamFailed(resource: UpstreamTarget, what: string, cause?: unknown): AppError {
  const why = cause === undefined ? '' : `: ${messageOf(cause)}`;
  return new AppError('upstream_failed', `The target ${resource.name} ${what}${why}`, {
    cause,
    context: { resource: resource.name },
  });
}
