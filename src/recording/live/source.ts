/** Where a recording that is being written can be followed: its file here, or its bytes from another machine. */
import { open, stat } from 'node:fs/promises';
import type { RecordingKeys } from '../keys.ts';
import { isSystemError, recordingPath } from '../layout.ts';
import { type RecordingEvents, readRecording, readRelayedRecording } from '../reader.ts';

export interface LiveSource {
  /** True when there may be more than was read. */
  look(): Promise<boolean>;
  /** Called once. @param more asked at the end of what there is */
  open(more: () => Promise<boolean>): RecordingEvents;
  close(): Promise<void>;
}

/** The bytes of a recording of another machine, from its beginning. */
export interface RelayedBytes {
  /** @returns what has come, in order; empty for nothing */
  take(): Promise<readonly Buffer[]>;
  close(): Promise<void>;
}

export function fileSource(file: { readonly path: string; readonly keys: RecordingKeys }): LiveSource {
  let bytes = 0;
  return {
    look: async () => {
      const { size } = await stat(file.path);
      if (size === bytes) return false;
      bytes = size;
      return true;
    },
    open: (more) => readRecording({ ...file, more }),
    close: async () => undefined,
  };
}

export function relaySource(of: { readonly bytes: RelayedBytes; readonly keys: RecordingKeys }): LiveSource {
  let come: Buffer[] = [];
  async function* chunks(more: () => Promise<boolean>): AsyncGenerator<Buffer> {
    do {
      const taken = come;
      come = [];
      yield* taken;
    } while (await more());
  }
  return {
    look: async () => {
      come.push(...(await of.bytes.take()));
      return come.length > 0;
    },
    open: (more) => readRelayedRecording({ chunks: chunks(more), keys: of.keys }),
    close: () => of.bytes.close(),
  };
}

/** What is written of a recording from there on; empty when there is no more, or no file. */
export async function readRecordingFrom(
  directory: string,
  sessionId: string,
  { from, bytesMax }: { readonly from: number; readonly bytesMax: number },
): Promise<Buffer> {
  const path = recordingPath(directory, sessionId);
  try {
    const { size } = await stat(path);
    if (size <= from) return Buffer.alloc(0);
    const file = await open(path);
    try {
      const wanted = Buffer.alloc(Math.min(bytesMax, size - from));
      const { bytesRead } = await file.read(wanted, 0, wanted.length, from);
      return wanted.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return Buffer.alloc(0);
    throw error;
  }
}
