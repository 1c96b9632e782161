/** The masked exports of recordings that people read elsewhere: as text, and whole. */
import { stat } from 'node:fs/promises';
import { exportJsonLines } from './exporters/json-lines.ts';
import { exportText } from './exporters/text.ts';
import type { RecordingKeys } from './keys.ts';
import { recordingPath } from './layout.ts';
import { type RecordingEvents, readRecording } from './reader.ts';

interface Exporter {
  readonly extension: string;
  readonly write: (events: RecordingEvents) => AsyncGenerator<string>;
}

const EXPORTERS = {
  transcript: { extension: 'txt', write: exportText },
  recording: { extension: 'jsonl', write: exportJsonLines },
} as const satisfies Record<string, Exporter>;

/** The recordings of a directory, by session. */
export function openSessionDocuments(of: { directory: string; keys: RecordingKeys }) {
  return {
    /** @returns null when there is no recording of the session here */
    open: async (sessionId: string, kind: keyof typeof EXPORTERS) => {
      const path = recordingPath(of.directory, sessionId);
      const found = await stat(path).catch(() => null);
      if (found?.isFile() !== true) return null;
      const { extension, write } = EXPORTERS[kind];
      return { extension, parts: write(readRecording({ path, keys: of.keys })) };
    },
  };
}
