/** Query, and the messages without fields that a client sends. */
import { BodyReader } from './body-reader.ts';
import { BodyWriter } from './body-writer.ts';
import { FRONTEND } from './message-types.ts';

/** @returns the statement's bytes; whether they are valid UTF-8 is for the judge to say */
export function parseQuery(body: Buffer): Buffer {
  const reader = new BodyReader(body, 'Query');
  const text = reader.stringBytes();
  reader.end();
  return text;
}

export function encodeQuery(text: string): Buffer {
  return new BodyWriter().string(text).message(FRONTEND.query);
}

export function encodeSync(): Buffer {
  return new BodyWriter().message(FRONTEND.sync);
}

export function encodeFlush(): Buffer {
  return new BodyWriter().message(FRONTEND.flush);
}

export function encodeTerminate(): Buffer {
  return new BodyWriter().message(FRONTEND.terminate);
}

export function encodeCopyData(bytes: Uint8Array): Buffer {
  return new BodyWriter().bytes(bytes).message(FRONTEND.copyData);
}

export function encodeCopyDone(): Buffer {
  return new BodyWriter().message(FRONTEND.copyDone);
}

export function encodeCopyFail(reason: string): Buffer {
  return new BodyWriter().string(reason).message(FRONTEND.copyFail);
}
