/** How both sides begin: draft-ietf-secsh-filexfer-02, section 4. */
import { isJudgedExtension } from './extensions.ts';
import type { Packet } from './framer.ts';
import { PACKET, PAIRS_MAX, VERSION } from './packet-types.ts';
import { violation } from './violation.ts';
import { encodePacket, WireReader } from './wire.ts';

const VALUE_BYTES_MAX = 4_096;
const VERSION_AT = 5;

interface Greeting {
  readonly version: number;
  readonly extensions: readonly { readonly name: Buffer; readonly value: Buffer }[];
}

/** @throws AppError `invalid_input` */
export function parseGreeting(packet: Packet): Greeting {
  const reader = new WireReader(packet.whole(), 'a greeting', VERSION_AT);
  const version = reader.uint32();
  const extensions: { name: Buffer; value: Buffer }[] = [];
  while (reader.left > 0) {
    if (extensions.length >= PAIRS_MAX) throw violation(`A greeting has more than ${PAIRS_MAX} extensions`);
    extensions.push({ name: reader.string(VALUE_BYTES_MAX), value: reader.string(VALUE_BYTES_MAX) });
  }
  return { version, extensions };
}

/** What the server is told: the version that is judged, and nothing that the client says beside it. */
export function encodeInit(): Buffer {
  return encodePacket(PACKET.init, [VERSION]);
}

export function encodeVersion({ version, extensions }: Greeting): Buffer {
  return encodePacket(PACKET.version, [version, ...extensions.flatMap(({ name, value }) => [name, value])]);
}

/** A server's greeting without what is not judged. */
export function judgedGreeting({ version, extensions }: Greeting): Greeting {
  return { version, extensions: extensions.filter(({ name }) => isJudgedExtension(name.toString('latin1'))) };
}
