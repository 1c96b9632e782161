/**
 * Detection in one value of a result, in whatever form it has on the wire. What can be rewritten is shown with
 * its hits masked; a value whose binary form is no text becomes NULL.
 */
import { isUtf8 } from 'node:buffer';
import { type Detection, type Hit, withMasks } from '../../policies/detectors/detection.ts';
import { maskJson } from '../../policies/detectors/json.ts';
import { applyMask } from '../../policies/masks/apply.ts';
import { JSON_TYPE, JSONB_TYPE, TEXT_TYPES, textOf } from './binary-text.ts';

export interface CellType {
  /** 0 when it is not known. */
  readonly typeOid: number;
  readonly format: number;
}

const BYTEA_TYPE = 17;
const INT8_TYPE = 20;
const NUMERIC_TYPE = 1700;
/** Types whose text is a number: part of one masked would be another number. */
const NUMBER_TYPES: ReadonlySet<number> = new Set([INT8_TYPE, 21, 23, 26, 700, 701, 790, NUMERIC_TYPE]);
const JSONB_VERSION = Buffer.of(1);
/** Arrays and records of these hold numbers whose bytes say nothing: _int8, _numeric, record, _record. */
const HOLDING_NUMBERS: ReadonlySet<number> = new Set([INT8_TYPE, NUMERIC_TYPE, 1016, 1231, 2249, 2287]);
const NESTING_MAX = 8;

/** True when the bytes of a value can hide what its text would show, so that a search in the bytes is not enough. */
export function mustBeDecoded({ typeOid, format }: CellType): boolean {
  if (typeOid === BYTEA_TYPE) return format === 0;
  return typeOid === JSON_TYPE || (format === 1 && HOLDING_NUMBERS.has(typeOid));
}

/** @returns the value to show and how much was found in it; null when there was nothing */
export function maskCell(
  value: Buffer,
  type: CellType,
  detection: Detection,
): { value: Buffer | null; hits: number } | null {
  const { typeOid, format } = type;
  if (typeOid === JSON_TYPE || typeOid === JSONB_TYPE) return maskJsonCell(value, type, detection);
  if (typeOid === BYTEA_TYPE) return maskBytes(value, format, detection);
  if (format === 0 && NUMBER_TYPES.has(typeOid)) return maskNumber(value.toString('latin1'), detection);
  if (format === 0 || TEXT_TYPES.has(typeOid)) return maskText(value, detection);
  const hits = hitsInBinary(value, typeOid, detection, 0);
  return hits === 0 ? null : { value: null, hits };
}

function maskText(value: Buffer, detection: Detection): { value: Buffer | null; hits: number } | null {
  const encoding = isUtf8(value) ? 'utf8' : 'latin1';
  const text = value.toString(encoding);
  const hits = detection.hits(text);
  if (hits.length === 0) return null;
  return { value: showsNull(hits) ? null : Buffer.from(withMasks(text, hits), encoding), hits: hits.length };
}

function maskNumber(text: string, detection: Detection): { value: Buffer | null; hits: number } | null {
  const [hit] = detection.hits(text);
  if (hit === undefined) return null;
  const shown = applyMask(hit.how, text);
  return { value: shown === null ? null : Buffer.from(shown), hits: 1 };
}

function maskJsonCell(
  value: Buffer,
  { typeOid, format }: CellType,
  detection: Detection,
): { value: Buffer; hits: number } | null {
  const versioned = typeOid === JSONB_TYPE && format === 1;
  const masked = maskJson(value.toString('utf8', versioned ? 1 : 0), detection);
  if (masked === null) return null;
  const text = Buffer.from(masked.text, 'utf8');
  return { value: versioned ? Buffer.concat([JSONB_VERSION, text]) : text, hits: masked.hits };
}

/** What is stored as bytes may well be text: a key, a document. */
function maskBytes(
  value: Buffer,
  format: number,
  detection: Detection,
): { value: Buffer | null; hits: number } | null {
  const inHex = format === 0 && value.subarray(0, 2).toString('latin1') === '\\x';
  const bytes = inHex ? Buffer.from(value.toString('latin1', 2), 'hex') : value;
  if (!detection.suspects(bytes)) return null;
  const masked = maskText(bytes, detection);
  if (masked === null || masked.value === null || !inHex) return masked;
  return { value: Buffer.from(`\\x${masked.value.toString('hex')}`), hits: masked.hits };
}

function showsNull(hits: readonly Hit[]): boolean {
  return hits.some(({ how }) => how === 'null');
}

/** How much is found in a value whose binary form is no text: in itself, its elements and its fields. */
function hitsInBinary(value: Buffer, typeOid: number, detection: Detection, depth: number): number {
  if (typeOid === INT8_TYPE || typeOid === NUMERIC_TYPE)
    return detection.hits(textOf(value, { typeOid, format: 1 })).length;
  if (typeOid === JSON_TYPE || typeOid === JSONB_TYPE)
    return maskJsonCell(value, { typeOid, format: 1 }, detection)?.hits ?? 0;
  if (!TEXT_TYPES.has(typeOid) && depth < NESTING_MAX) {
    const parts = partsOf(value);
    if (parts !== null) {
      return parts.reduce(
        (sum, part) => sum + hitsInBinary(part.value, part.typeOid, detection, depth + 1),
        0,
      );
    }
  }
  return detection.hits(value.toString(isUtf8(value) ? 'utf8' : 'latin1')).length;
}

interface Part {
  readonly value: Buffer;
  readonly typeOid: number;
}

/** The elements of an array or the fields of a record, if the bytes have the form of one. */
function partsOf(value: Buffer): Part[] | null {
  return elementsOf(value) ?? fieldsOf(value);
}

/** array_send: dimensions, a flag, the elements' type, bounds, then each element with its length. */
function elementsOf(value: Buffer): Part[] | null {
  if (value.length < 12) return null;
  const dimensions = value.readInt32BE(0);
  const flag = value.readInt32BE(4);
  if (dimensions < 0 || dimensions > 6 || (flag !== 0 && flag !== 1)) return null;
  const typeOid = value.readUInt32BE(8);
  const parts: Part[] = [];
  let at = 12 + dimensions * 8;
  while (at + 4 <= value.length) {
    const length = value.readInt32BE(at);
    at += 4;
    if (length < 0) continue;
    if (at + length > value.length) return null;
    parts.push({ value: value.subarray(at, at + length), typeOid });
    at += length;
  }
  return at === value.length ? parts : null;
}

/** record_send: how many fields, then each with its type and its length. */
function fieldsOf(value: Buffer): Part[] | null {
  if (value.length < 4) return null;
  const count = value.readInt32BE(0);
  if (count < 0 || count > 1_664) return null;
  const parts: Part[] = [];
  let at = 4;
  for (let field = 0; field < count; field += 1) {
    if (at + 8 > value.length) return null;
    const typeOid = value.readUInt32BE(at);
    const length = value.readInt32BE(at + 4);
    at += 8;
    if (length < 0) continue;
    if (at + length > value.length) return null;
    parts.push({ value: value.subarray(at, at + length), typeOid });
    at += length;
  }
  return at === value.length ? parts : null;
}
