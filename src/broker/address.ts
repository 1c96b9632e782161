import { AppError } from '../core/errors.ts';

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/**
 * Splits `host:port`; IPv6 addresses stand in brackets.
 * @throws AppError `config_invalid` for anything else
 */
export function parseAddress(address: string): HostAndPort {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || port === undefined) {
    throw new AppError('config_invalid', `"${address}" is not an address. Write host:port.`);
  }
  return { host, port: Number(port) };
}

/** True for an address of this machine only: 127.0.0.0/8, ::1 and the mapped forms of the former. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  return address === '::1' || /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address);
}
