/** Parse, Bind, Describe, Execute, Close: the extended query protocol. */
import { BodyReader } from './body-reader.ts';
import { BodyWriter } from './body-writer.ts';
import { FRONTEND } from './message-types.ts';
import { violation } from './violation.ts';

const STATEMENT = 0x53; // S
const PORTAL = 0x50; // P

/** Text is 0, binary is 1; PostgreSQL knows no other. */
export type Format = 0 | 1;

export interface ParseMessage {
  readonly name: string;
  readonly text: Buffer;
  readonly parameterTypes: readonly number[];
}

export interface BindMessage {
  readonly portal: string;
  readonly statement: string;
  readonly parameterFormats: readonly Format[];
  readonly parameters: readonly (Buffer | null)[];
  readonly resultFormats: readonly Format[];
}

/** What Describe and Close name. */
export interface TargetMessage {
  readonly target: 'statement' | 'portal';
  readonly name: string;
}

export interface ExecuteMessage {
  readonly portal: string;
  readonly rowsMax: number;
}

export function parseParse(body: Buffer): ParseMessage {
  const reader = new BodyReader(body, 'Parse');
  const name = reader.name();
  const text = reader.stringBytes();
  const parameterTypes = reader.list((types) => types.uint32());
  reader.end();
  return { name, text, parameterTypes };
}

export function encodeParse(message: {
  name: string;
  text: string;
  parameterTypes?: readonly number[];
}): Buffer {
  const types = message.parameterTypes ?? [];
  const writer = new BodyWriter().string(message.name).string(message.text).int16(types.length);
  for (const type of types) writer.int32(type);
  return writer.message(FRONTEND.parse);
}

export function parseBind(body: Buffer): BindMessage {
  const reader = new BodyReader(body, 'Bind');
  const portal = reader.name();
  const statement = reader.name();
  const parameterFormats = parseFormats(reader);
  const parameters = reader.list((values) => values.value());
  const resultFormats = parseFormats(reader);
  reader.end();
  return { portal, statement, parameterFormats, parameters, resultFormats };
}

export function encodeBind(message: BindMessage): Buffer {
  const writer = new BodyWriter().string(message.portal).string(message.statement);
  writeFormats(writer, message.parameterFormats);
  writer.int16(message.parameters.length);
  for (const parameter of message.parameters) writer.value(parameter);
  writeFormats(writer, message.resultFormats);
  return writer.message(FRONTEND.bind);
}

export function parseDescribe(body: Buffer): TargetMessage {
  return parseTarget(body, 'Describe');
}

export function encodeDescribe(message: TargetMessage): Buffer {
  return encodeTarget(FRONTEND.describe, message);
}

export function parseClose(body: Buffer): TargetMessage {
  return parseTarget(body, 'Close');
}

export function encodeClose(message: TargetMessage): Buffer {
  return encodeTarget(FRONTEND.close, message);
}

export function parseExecute(body: Buffer): ExecuteMessage {
  const reader = new BodyReader(body, 'Execute');
  const portal = reader.name();
  const rowsMax = reader.int32();
  reader.end();
  return { portal, rowsMax };
}

export function encodeExecute(message: ExecuteMessage): Buffer {
  return new BodyWriter().string(message.portal).int32(message.rowsMax).message(FRONTEND.execute);
}

/** The format of item `index`: none given means text for all, one given counts for all. */
export function formatOf(formats: readonly Format[], index: number): Format {
  return formats.length === 1 ? (formats[0] ?? 0) : (formats[index] ?? 0);
}

export function parseFormats(reader: BodyReader): Format[] {
  return reader.list(parseFormat);
}

export function parseFormat(reader: BodyReader): Format {
  const format = reader.int16();
  if (format !== 0 && format !== 1) throw violation('A message names a format other than text and binary');
  return format;
}

function writeFormats(writer: BodyWriter, formats: readonly Format[]): void {
  writer.int16(formats.length);
  for (const format of formats) writer.int16(format);
}

function parseTarget(body: Buffer, message: string): TargetMessage {
  const reader = new BodyReader(body, message);
  const kind = reader.int8();
  if (kind !== STATEMENT && kind !== PORTAL)
    throw violation(`${message} names neither a statement nor a portal`);
  const name = reader.name();
  reader.end();
  return { target: kind === STATEMENT ? 'statement' : 'portal', name };
}

function encodeTarget(type: number, message: TargetMessage): Buffer {
  const kind = message.target === 'statement' ? STATEMENT : PORTAL;
  return new BodyWriter().int8(kind).string(message.name).message(type);
}
