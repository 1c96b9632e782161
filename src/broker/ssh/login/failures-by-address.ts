/**
 * Secrets and tokens that were wrong, by the address that they came from: whoever guesses gains nothing by more
 * connections. Keys cannot be guessed, and are always looked at, so that nobody shuts out those who share an address.
 */
import { isIPv6 } from 'node:net';
import { Pace } from '../pace.ts';

/** A team behind one address has typing errors, too. */
const FAILURES = { burst: 30, perSecond: 0.1 };
/** The one that was quiet longest is forgotten first. */
const ADDRESSES_MAX = 10_000;
/** A network is given that much of an address, and its clients choose the rest (RFC 4291, section 2.5.4). */
const NETWORK_GROUPS = 4;

export const TOO_MANY_FAILURES =
  'Too many failed logins from your address. Wait a minute, or log in with a registered key.';

export class FailuresByAddress {
  readonly #monotonic: () => number;
  /** In the order of their last failure. */
  readonly #paces = new Map<string, Pace>();

  /** @param monotonic milliseconds */
  constructor(monotonic: () => number) {
    this.#monotonic = monotonic;
  }

  /** Before a secret is looked at, which counts as wrong until it is right. @returns false when it must not be */
  begin(address: string): boolean {
    const from = networkOf(address);
    const pace = this.#paces.get(from) ?? new Pace(FAILURES, this.#monotonic);
    this.#paces.delete(from);
    this.#paces.set(from, pace);
    const [quietest] = this.#paces.keys();
    if (quietest !== undefined && this.#paces.size > ADDRESSES_MAX) this.#paces.delete(quietest);
    return pace.take();
  }

  /** It was right. */
  forgive(address: string): void {
    this.#paces.get(networkOf(address))?.giveBack();
  }
}

/** An IPv4 address, or the network of an IPv6 address. */
export function networkOf(address: string): string {
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [plain = ''] = address.split('%');
  const [head = '', tail] = plain.split('::');
  const groupsOf = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const before = groupsOf(head);
  const behind = groupsOf(tail ?? '');
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - behind.length)).fill('0');
  return [...before, ...zeros, ...behind]
    .slice(0, NETWORK_GROUPS)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
