/** FunctionCall, the message that calls a function by its object identifier; libpq uses it for large objects. */
import { BodyReader } from './body-reader.ts';
import { BodyWriter } from './body-writer.ts';
import { type Format, parseFormat, parseFormats } from './frontend-extended.ts';
import { FRONTEND } from './message-types.ts';

export interface FunctionCallMessage {
  readonly functionOid: number;
  readonly argumentFormats: readonly Format[];
  readonly arguments: readonly (Buffer | null)[];
  readonly resultFormat: Format;
}

export function parseFunctionCall(body: Buffer): FunctionCallMessage {
  const reader = new BodyReader(body, 'FunctionCall');
  const functionOid = reader.uint32();
  const argumentFormats = parseFormats(reader);
  const values = reader.list((fields) => fields.value());
  const resultFormat = parseFormat(reader);
  reader.end();
  return { functionOid, argumentFormats, arguments: values, resultFormat };
}

export function encodeFunctionCall(message: FunctionCallMessage): Buffer {
  const writer = new BodyWriter().int32(message.functionOid).int16(message.argumentFormats.length);
  for (const format of message.argumentFormats) writer.int16(format);
  writer.int16(message.arguments.length);
  for (const value of message.arguments) writer.value(value);
  return writer.int16(message.resultFormat).message(FRONTEND.functionCall);
}
