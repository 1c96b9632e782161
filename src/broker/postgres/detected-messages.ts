/** Detection in what a target sends besides rows: errors, notices, notifications, parameters, lines of a copy. */
import { type Detection, withMasks } from '../../policies/detectors/detection.ts';
import { REDACTED } from '../../policies/masks/apply.ts';
import { BodyReader } from './codec/body-reader.ts';
import { BodyWriter } from './codec/body-writer.ts';
import { bodyOf } from './codec/framer.ts';
import { BACKEND } from './codec/message-types.ts';
import { encodeReport, parseReport } from './codec/report.ts';
import { encodeDataRow, parseDataRow } from './codec/rows.ts';
import { parseParameterStatus } from './codec/status.ts';
import { maskCell } from './detected-cells.ts';

/** Severity, SQLSTATE, positions and places in the server's source: never data. */
const DATALESS_FIELDS: ReadonlySet<string> = new Set('SVCPpFLR');
/** COPY's binary format: what a file begins with (without the lengths behind it), and its last row. */
const COPY_SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const COPY_HEADER_FIXED_BYTES = COPY_SIGNATURE.length + 8;
const TUPLE_COUNT_BYTES = 2;
const BYTEA_TYPE = 17;
/** What bytes begin with in text, where the text format of COPY doubles the backslash. */
export const HEX_MARK = Buffer.from('\\x', 'latin1');
const HEX_RUN = /(\\x)((?:[0-9a-f]{2})+)/g;
const REDACTED_BYTES = Buffer.from(REDACTED, 'utf8');
/** In COPY's text format; as long as what is searched instead, so that places stay the same. */
const ESCAPED = /\\./gsu;
const ESCAPED_SPACES: ReadonlySet<string> = new Set(['\\t', '\\n', '\\r', '\\v', '\\f', '\\b']);
/** Bytes below space that text may hold: tab, line feed, carriage return. */
const TEXT_CONTROLS: ReadonlySet<number> = new Set([9, 10, 13]);

/** An ErrorResponse or NoticeResponse with every field masked; the message itself when nothing was found. */
export function maskReport(kind: 'error' | 'notice', message: Buffer, detection: Detection): Buffer {
  if (!detection.suspects(bodyOf(message))) return message;
  const fields = [...parseReport(bodyOf(message))].map(([code, value]): [string, string] => [
    code,
    DATALESS_FIELDS.has(code) ? value : (detection.mask(value)?.text ?? value),
  ]);
  return encodeReport(kind, fields);
}

/** The payload of a NotificationResponse is whatever some session wrote into it. */
export function maskNotification(message: Buffer, detection: Detection): Buffer {
  if (!detection.suspects(bodyOf(message))) return message;
  const reader = new BodyReader(bodyOf(message), 'NotificationResponse');
  const processId = reader.int32();
  const channel = reader.string();
  const payload = reader.string();
  reader.end();
  return new BodyWriter()
    .int32(processId)
    .string(detection.mask(channel)?.text ?? channel)
    .string(detection.mask(payload)?.text ?? payload)
    .message(BACKEND.notification);
}

/** True when a ParameterStatus carries something to detect. */
export function isDetectedInParameter(message: Buffer, detection: Detection): boolean {
  if (!detection.suspects(bodyOf(message))) return false;
  return detection.hits(parseParameterStatus(bodyOf(message)).value).length > 0;
}

/** What a function of the function-call message returned: bytes of a large object, or a number. */
export function maskFunctionResult(
  message: Buffer,
  detection: Detection,
): { message: Buffer; maskedCells: number } {
  const value = functionResult(message);
  if (value === null || !detection.suspects(value)) return { message, maskedCells: 0 };
  const masked = maskCell(value, { typeOid: 17, format: 1 }, detection);
  if (masked === null) return { message, maskedCells: 0 };
  return {
    message: new BodyWriter().value(masked.value).message(BACKEND.functionCallResponse),
    maskedCells: 1,
  };
}

function functionResult(message: Buffer): Buffer | null {
  const reader = new BodyReader(bodyOf(message), 'FunctionCallResponse');
  const value = reader.value();
  reader.end();
  return value;
}

/** One CopyData of a copy out: a line in text and csv, a row in binary, where the first has the file's header. */
export function maskCopyData(
  message: Buffer,
  binary: boolean,
  detection: Detection,
): { message: Buffer; maskedCells: number } {
  const body = bodyOf(message);
  if (!binary) {
    const inHex = maskHexRuns(body, detection);
    if (inHex === null && !detection.suspects(body)) return { message, maskedCells: 0 };
    const line = inHex?.line ?? body.toString('utf8');
    const asItIs = detection.mask(line);
    const seen = asItIs?.text ?? line;
    // What an escaped tab or line end stands beside is a word of its own, though it begins with a letter here.
    const unescaped = seen.replace(ESCAPED, (pair) => (ESCAPED_SPACES.has(pair) ? '\n\n' : pair));
    const hits = unescaped === seen ? [] : detection.hits(unescaped);
    const maskedCells = hits.length + (asItIs?.hits.length ?? 0) + (inHex?.hits ?? 0);
    if (maskedCells === 0) return { message, maskedCells };
    return { message: copyData(Buffer.from(withMasks(seen, hits), 'utf8')), maskedCells };
  }
  const headerBytes = copyHeaderBytes(body);
  const tuple = body.subarray(headerBytes);
  if (tuple.length < TUPLE_COUNT_BYTES || tuple.readInt16BE(0) < 0) return { message, maskedCells: 0 };
  let maskedCells = 0;
  const values = parseDataRow(tuple).map((value) => {
    const masked = value === null ? null : maskCopyField(value, detection);
    if (masked === null) return value;
    maskedCells += 1;
    return masked.value;
  });
  if (maskedCells === 0) return { message, maskedCells };
  const row = bodyOf(encodeDataRow(values));
  return { message: copyData(Buffer.concat([body.subarray(0, headerBytes), row])), maskedCells };
}

/** Bytes come as hexadecimal digits, in which nobody would see a key. @returns null when nothing was found */
function maskHexRuns(body: Buffer, detection: Detection): { line: string; hits: number } | null {
  if (!body.includes(HEX_MARK)) return null;
  let hits = 0;
  const line = body.toString('utf8').replace(HEX_RUN, (run, mark: string, digits: string) => {
    const masked = maskCell(Buffer.from(digits, 'hex'), { typeOid: BYTEA_TYPE, format: 1 }, detection);
    if (masked === null) return run;
    hits += masked.hits;
    return mark + (masked.value ?? REDACTED_BYTES).toString('hex');
  });
  return hits === 0 ? null : { line, hits };
}

function copyHeaderBytes(body: Buffer): number {
  if (!body.subarray(0, COPY_SIGNATURE.length).equals(COPY_SIGNATURE)) return 0;
  return COPY_HEADER_FIXED_BYTES + body.readInt32BE(COPY_HEADER_FIXED_BYTES - 4);
}

/** The type of a field is not told: what reads like text is text, and of eight bytes some number is meant. */
function maskCopyField(value: Buffer, detection: Detection): { value: Buffer | null } | null {
  const isText = value.every((byte) => byte >= 0x20 || TEXT_CONTROLS.has(byte));
  if (isText && detection.suspects(value)) return maskCell(value, { typeOid: 25, format: 1 }, detection);
  if (isText && value.length !== 8) return null;
  const number = maskCell(value, { typeOid: value.length === 8 ? 20 : 1700, format: 1 }, detection);
  return number ?? maskCell(value, { typeOid: 0, format: 1 }, detection);
}

function copyData(body: Buffer): Buffer {
  return new BodyWriter().bytes(body).message(BACKEND.copyData);
}
