/**
 * Binary values as the text a person would read in a recording. Common types only; the rest is hexadecimal,
 * which loses nothing.
 */

/** Types whose binary form is their text. */
export const TEXT_TYPES: ReadonlySet<number> = new Set([
  18, // "char"
  19, // name
  25, // text
  142, // xml
  705, // unknown
  1042, // bpchar
  1043, // varchar
]);

export const JSON_TYPE = 114;
export const JSONB_TYPE = 3802;

const DECODERS: ReadonlyMap<number, { bytes: number; decode: (value: Buffer) => string }> = new Map([
  [16, { bytes: 1, decode: (value: Buffer) => (value.readUInt8(0) === 0 ? 'f' : 't') }],
  [20, { bytes: 8, decode: (value: Buffer) => value.readBigInt64BE(0).toString() }],
  [21, { bytes: 2, decode: (value: Buffer) => String(value.readInt16BE(0)) }],
  [23, { bytes: 4, decode: (value: Buffer) => String(value.readInt32BE(0)) }],
  [26, { bytes: 4, decode: (value: Buffer) => String(value.readUInt32BE(0)) }],
  [700, { bytes: 4, decode: (value: Buffer) => String(value.readFloatBE(0)) }],
  [701, { bytes: 8, decode: (value: Buffer) => String(value.readDoubleBE(0)) }],
  [2950, { bytes: 16, decode: uuid }],
]);

export function textOf(
  value: Buffer,
  options: { readonly typeOid: number; readonly format: number },
): string {
  if (options.format === 0 || TEXT_TYPES.has(options.typeOid) || options.typeOid === JSON_TYPE)
    return value.toString('utf8');
  if (options.typeOid === JSONB_TYPE) return value.subarray(1).toString('utf8');
  const decoder = DECODERS.get(options.typeOid);
  if (decoder !== undefined && value.length === decoder.bytes) return decoder.decode(value);
  return `\\x${value.toString('hex')}`;
}

function uuid(value: Buffer): string {
  const hex = value.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
