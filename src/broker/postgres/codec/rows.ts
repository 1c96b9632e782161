/** RowDescription and DataRow. */
import { BodyReader } from './body-reader.ts';
import { BodyWriter } from './body-writer.ts';
import { BACKEND } from './message-types.ts';

export interface Column {
  readonly name: string;
  /** 0 when the column is not a plain column of a relation. */
  readonly tableOid: number;
  readonly attributeNumber: number;
  readonly typeOid: number;
  readonly typeSize: number;
  readonly typeModifier: number;
  /** 0 text, 1 binary; always 0 in the description of a statement that is not bound yet. */
  readonly format: number;
}

export function parseRowDescription(body: Buffer): Column[] {
  const reader = new BodyReader(body, 'RowDescription');
  const columns = reader.list(parseColumn);
  reader.end();
  return columns;
}

function parseColumn(reader: BodyReader): Column {
  return {
    name: reader.string(),
    tableOid: reader.uint32(),
    attributeNumber: reader.int16(),
    typeOid: reader.uint32(),
    typeSize: reader.int16(),
    typeModifier: reader.int32(),
    format: reader.int16(),
  };
}

export function encodeRowDescription(columns: readonly Column[]): Buffer {
  const writer = new BodyWriter().int16(columns.length);
  for (const column of columns) {
    writer.string(column.name).int32(column.tableOid).int16(column.attributeNumber).int32(column.typeOid);
    writer.int16(column.typeSize).int32(column.typeModifier).int16(column.format);
  }
  return writer.message(BACKEND.rowDescription);
}

/** The values of a row as views of the message; null is SQL NULL. */
export function parseDataRow(body: Buffer): (Buffer | null)[] {
  const reader = new BodyReader(body, 'DataRow');
  const values = reader.list((fields) => fields.value());
  reader.end();
  return values;
}

export function encodeDataRow(values: readonly (Uint8Array | null)[]): Buffer {
  const writer = new BodyWriter().int16(values.length);
  for (const value of values) writer.value(value);
  return writer.message(BACKEND.dataRow);
}
