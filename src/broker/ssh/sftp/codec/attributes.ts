/** Attributes of a file: draft-ietf-secsh-filexfer-02, section 5. */
import { PAIRS_MAX } from './packet-types.ts';
import { violation } from './violation.ts';
import type { WirePart, WireReader } from './wire.ts';

const FLAG = { size: 1, owner: 2, permissions: 4, times: 8, extended: 0x8000_0000 } as const;
const KNOWN = 0x8000_000f;
const VALUE_BYTES_MAX = 4_096;
const FORMAT = 0o170_000;
const LINK = 0o120_000;
const DIRECTORY = 0o040_000;

export interface Attributes {
  readonly size: bigint | null;
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  /** With the kind of file, where the server says it. */
  readonly permissions: number | null;
  readonly times: { readonly accessed: number; readonly modified: number } | null;
  readonly extended: readonly { readonly name: Buffer; readonly value: Buffer }[];
}

export const NO_ATTRIBUTES: Attributes = {
  size: null,
  owner: null,
  permissions: null,
  times: null,
  extended: [],
};

/** @throws AppError `invalid_input` */
export function parseAttributes(reader: WireReader): Attributes {
  const flags = reader.uint32();
  const has = (flag: number): boolean => (flags & flag) !== 0;
  if ((flags & ~KNOWN) !== 0) throw violation('Attributes have flags that version 3 does not know');
  const size = has(FLAG.size) ? reader.uint64() : null;
  const owner = has(FLAG.owner) ? { uid: reader.uint32(), gid: reader.uint32() } : null;
  const permissions = has(FLAG.permissions) ? reader.uint32() : null;
  const times = has(FLAG.times) ? { accessed: reader.uint32(), modified: reader.uint32() } : null;
  const count = has(FLAG.extended) ? reader.uint32() : 0;
  if (count > PAIRS_MAX) throw violation(`Attributes have more than ${PAIRS_MAX} extensions`);
  const extended = Array.from({ length: count }, () => {
    return { name: reader.string(VALUE_BYTES_MAX), value: reader.string(VALUE_BYTES_MAX) };
  });
  return { size, owner, permissions, times, extended };
}

export function encodeAttributes({ size, owner, permissions, times, extended }: Attributes): WirePart[] {
  const parts: WirePart[] = [];
  let flags = 0;
  if (size !== null) {
    flags |= FLAG.size;
    parts.push(size);
  }
  if (owner !== null) {
    flags |= FLAG.owner;
    parts.push(owner.uid, owner.gid);
  }
  if (permissions !== null) {
    flags |= FLAG.permissions;
    parts.push(permissions);
  }
  if (times !== null) {
    flags |= FLAG.times;
    parts.push(times.accessed, times.modified);
  }
  if (extended.length > 0) {
    flags |= FLAG.extended;
    parts.push(extended.length, ...extended.flatMap(({ name, value }) => [name, value]));
  }
  return [flags >>> 0, ...parts];
}

/** Null when the server does not say what it is. */
export function fileKind({ permissions }: Attributes): 'link' | 'directory' | 'other' | null {
  const format = (permissions ?? 0) & FORMAT;
  if (format === 0) return null;
  if (format === LINK) return 'link';
  return format === DIRECTORY ? 'directory' : 'other';
}

/** What setting them does, one word each. */
export function attributeWords({ size, owner, permissions, times }: Attributes): string[] {
  const words: string[] = [];
  if (permissions !== null) words.push(`mode=${(permissions & 0o7777).toString(8).padStart(4, '0')}`);
  if (owner !== null) words.push(`owner=${owner.uid}:${owner.gid}`);
  if (size !== null) words.push(`size=${size}`);
  if (times !== null) words.push(`modified=${new Date(times.modified * 1_000).toISOString().slice(0, 19)}Z`);
  return words;
}
