/**
 * The first byte of each message of protocol 3 (PostgreSQL documentation, "Message Formats"). Frontend
 * and backend share letters with different meanings, so there are two tables.
 */

export const FRONTEND = {
  bind: 0x42, // B
  close: 0x43, // C
  describe: 0x44, // D
  execute: 0x45, // E
  functionCall: 0x46, // F
  flush: 0x48, // H
  parse: 0x50, // P
  query: 0x51, // Q
  sync: 0x53, // S
  terminate: 0x58, // X
  copyDone: 0x63, // c
  copyData: 0x64, // d
  copyFail: 0x66, // f
  /** PasswordMessage, SASLInitialResponse and SASLResponse: which one is known from the exchange. */
  authentication: 0x70, // p
} as const;

export const BACKEND = {
  parseComplete: 0x31, // 1
  bindComplete: 0x32, // 2
  closeComplete: 0x33, // 3
  notification: 0x41, // A
  commandComplete: 0x43, // C
  dataRow: 0x44, // D
  error: 0x45, // E
  copyInResponse: 0x47, // G
  copyOutResponse: 0x48, // H
  emptyQuery: 0x49, // I
  backendKeyData: 0x4b, // K
  notice: 0x4e, // N
  authentication: 0x52, // R
  parameterStatus: 0x53, // S
  rowDescription: 0x54, // T
  copyBothResponse: 0x57, // W
  readyForQuery: 0x5a, // Z
  copyDone: 0x63, // c
  copyData: 0x64, // d
  noData: 0x6e, // n
  functionCallResponse: 0x56, // V
  portalSuspended: 0x73, // s
  parameterDescription: 0x74, // t
  negotiateProtocolVersion: 0x76, // v
} as const;

/** A type byte as a person would read it in an error. */
export function typeName(type: number): string {
  return type >= 0x21 && type <= 0x7e
    ? `"${String.fromCharCode(type)}"`
    : `0x${type.toString(16).padStart(2, '0')}`;
}
