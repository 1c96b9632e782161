/** The masked exports of recordings that people read elsewhere: as text, and whole. */
import { exportAsciicast } from './exporters/asciicast.ts';
import { exportJsonLines } from './exporters/json-lines.ts';
import { exportText } from './exporters/text.ts';
import { type RecordingEvents, readRecording } from './reader.ts';
import { findRecording, type RecordingFiles } from './storage/find-recording.ts';

interface Exporter {
  readonly extension: string;
  readonly write: (events: RecordingEvents) => AsyncGenerator<string>;
}

const TRANSCRIPT: Exporter = { extension: 'txt', write: exportText };
const JSON_LINES: Exporter = { extension: 'jsonl', write: exportJsonLines };
/** What a session with a host is played from. */
const CAST: Exporter = { extension: 'cast', write: exportAsciicast };

/** The recordings of a directory, by session. */
export function openSessionDocuments(of: RecordingFiles) {
  return {
    /** @returns null when there is no recording of the session here */
    open: async (sessionId: string, kind: 'transcript' | 'recording') => {
      const path = await findRecording(of, sessionId);
      if (path === null) return null;
      const events = () => readRecording({ path, keys: of.keys });
      const { extension, write } = kind === 'transcript' ? TRANSCRIPT : await wholeExporter(events());
      return { extension, parts: write(events()) };
    },
  };
}

/** The first event says what the session was with. */
async function wholeExporter(events: RecordingEvents): Promise<Exporter> {
  const { value: first } = await events.next();
  await events.return({ complete: false, sealedBy: null, problem: null });
  const isOfHost = first !== undefined && 'facts' in first && first.facts.resourceKind === 'ssh';
  return isOfHost ? CAST : JSON_LINES;
}
