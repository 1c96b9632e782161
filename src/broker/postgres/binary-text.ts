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

const NUMERIC_TYPE = 1700;
const NUMERIC_NEGATIVE = 0x4000;
const NUMERIC_SPECIALS: ReadonlyMap<number, string> = new Map([
  [0xc000, 'NaN'],
  [0xd000, 'Infinity'],
  [0xf000, '-Infinity'],
]);
/** Longer numbers stay hexadecimal. */
const NUMERIC_WEIGHT_MAX = 250;
const NUMERIC_SCALE_MAX = 1_000;

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
  if (options.typeOid === NUMERIC_TYPE) return numeric(value) ?? hexadecimal(value);
  const decoder = DECODERS.get(options.typeOid);
  if (decoder !== undefined && value.length === decoder.bytes) return decoder.decode(value);
  return hexadecimal(value);
}

function hexadecimal(value: Buffer): string {
  return `\\x${value.toString('hex')}`;
}

/**
 * numeric_send: how many groups of four digits, the first one's weight, the sign, the digits to show after the
 * point, then the groups.
 */
function numeric(value: Buffer): string | null {
  if (value.length < 8) return null;
  const groups = value.readUInt16BE(0);
  const weight = value.readInt16BE(2);
  const sign = value.readUInt16BE(4);
  const scale = value.readUInt16BE(6);
  const special = NUMERIC_SPECIALS.get(sign);
  if (special !== undefined) return special;
  if (value.length !== 8 + groups * 2 || Math.abs(weight) > NUMERIC_WEIGHT_MAX || scale > NUMERIC_SCALE_MAX)
    return null;
  const groupAt = (place: number): string => {
    const index = weight - place;
    return String(index >= 0 && index < groups ? value.readUInt16BE(8 + index * 2) : 0).padStart(4, '0');
  };
  let whole = '';
  for (let place = Math.max(0, weight); place >= 0; place -= 1) whole += groupAt(place);
  let fraction = '';
  for (let place = -1; fraction.length < scale; place -= 1) fraction += groupAt(place);
  const digits = whole.replace(/^0+(?=\d)/, '');
  return `${sign === NUMERIC_NEGATIVE ? '-' : ''}${digits}${scale > 0 ? `.${fraction.slice(0, scale)}` : ''}`;
}

function uuid(value: Buffer): string {
  const hex = value.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
