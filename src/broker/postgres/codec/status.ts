/** ReadyForQuery, ParameterStatus, BackendKeyData and CommandComplete. */
import { BodyReader } from './body-reader.ts';
import { BodyWriter } from './body-writer.ts';
import { BACKEND } from './message-types.ts';
import type { CancelKey } from './startup.ts';
import { violation } from './violation.ts';

/** Idle, in a transaction, in a failed transaction. */
export type TransactionStatus = 'I' | 'T' | 'E';

export function parseReadyForQuery(body: Buffer): TransactionStatus {
  const reader = new BodyReader(body, 'ReadyForQuery');
  const status = String.fromCharCode(reader.int8());
  reader.end();
  if (status === 'I' || status === 'T' || status === 'E') return status;
  throw violation('ReadyForQuery has an unknown transaction status');
}

export function encodeReadyForQuery(status: TransactionStatus): Buffer {
  return new BodyWriter().int8(status.charCodeAt(0)).message(BACKEND.readyForQuery);
}

export function parseParameterStatus(body: Buffer): { readonly name: string; readonly value: string } {
  const reader = new BodyReader(body, 'ParameterStatus');
  const name = reader.string();
  const value = reader.string();
  reader.end();
  return { name, value };
}

export function encodeParameterStatus(options: { readonly name: string; readonly value: string }): Buffer {
  return new BodyWriter().string(options.name).string(options.value).message(BACKEND.parameterStatus);
}

export function parseBackendKeyData(body: Buffer): CancelKey {
  const reader = new BodyReader(body, 'BackendKeyData');
  const processId = reader.int32();
  return { processId, key: Buffer.from(reader.take(reader.remaining)) };
}

export function encodeBackendKeyData(key: CancelKey): Buffer {
  return new BodyWriter().int32(key.processId).bytes(key.key).message(BACKEND.backendKeyData);
}

export function parseCommandComplete(body: Buffer): string {
  return new BodyReader(body, 'CommandComplete').string();
}

export function encodeCommandComplete(tag: string): Buffer {
  return new BodyWriter().string(tag).message(BACKEND.commandComplete);
}
