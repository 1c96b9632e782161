/** Hosts have many spellings. A rule about one of them means all. */

/** What a resolver takes for numbers: `127.1`, `0x7f000001`, `0177.0.0.1`. */
const NUMBERS = /^(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+)){0,3}$/;
const IPV6 = /^[0-9a-f:.]*:[0-9a-f:.]*$/;
const IPV4_IN_IPV6 = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * Names in lower case without a dot at their end, addresses in their one usual form (RFC 5952), IPv4 also where it was
 * written as IPv6. What is no address stays a name.
 * @param host without brackets
 */
export function canonicalHost(host: string): string {
  const plain = host.toLowerCase().replace(/\.$/, '');
  if (IPV6.test(plain)) return canonicalIpv6(plain);
  return NUMBERS.test(plain) ? (hostnameOf(plain) ?? plain) : plain;
}

function canonicalIpv6(host: string): string {
  const address = hostnameOf(`[${host}]`)?.slice(1, -1);
  if (address === undefined) return host;
  const [, high, low] = IPV4_IN_IPV6.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  const [upper, lower] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [upper >> 8, upper & 255, lower >> 8, lower & 255].join('.');
}

/** As the URL standard reads hosts, which knows all these forms; null for what is none. */
function hostnameOf(host: string): string | null {
  return URL.parse(`http://${host}/`)?.hostname ?? null;
}
