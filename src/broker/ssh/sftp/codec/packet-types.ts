/** Numbers of the protocol: draft-ietf-secsh-filexfer-02, sections 3, 6.3 and 7. */

/** The version that OpenSSH speaks, and this relay with it. */
export const VERSION = 3;

export const PACKET = {
  init: 1,
  version: 2,
  open: 3,
  close: 4,
  read: 5,
  write: 6,
  lstat: 7,
  fstat: 8,
  setstat: 9,
  fsetstat: 10,
  opendir: 11,
  readdir: 12,
  remove: 13,
  mkdir: 14,
  rmdir: 15,
  realpath: 16,
  stat: 17,
  rename: 18,
  readlink: 19,
  symlink: 20,
  status: 101,
  handle: 102,
  data: 103,
  name: 104,
  attributes: 105,
  extended: 200,
  extendedReply: 201,
} as const;

export const STATUS = {
  ok: 0,
  endOfFile: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  badMessage: 5,
  noConnection: 6,
  connectionLost: 7,
  unsupported: 8,
} as const;

export const OPEN = { read: 1, write: 2, append: 4, create: 8, truncate: 16, exclusive: 32 } as const;

/** What a packet may carry, as OpenSSH has it. */
const PAYLOAD_BYTES_MAX = 262_144;
/** Of names and numbers around it. */
const OVERHEAD_BYTES_MAX = 1_024;
/** With its length field. */
export const PACKET_BYTES_MAX = PAYLOAD_BYTES_MAX + OVERHEAD_BYTES_MAX;
/** A request that carries no data: two names, attributes. */
export const REQUEST_BYTES_MAX = 34_000;
/** As OpenSSH's PATH_MAX. */
export const PATH_BYTES_MAX = 4_096;
/** By the draft, section 6.3. */
export const HANDLE_BYTES_MAX = 256;
/** Pairs of name and value in attributes, extensions in a greeting. */
export const PAIRS_MAX = 64;
