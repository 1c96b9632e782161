/** Where the recordings are that are watched here: on this disk, or on their way from the broker that writes them. */
import type { AccessContext } from '../../access/context.ts';
import { receiveRecording } from '../../access/watch/relay.ts';
import { recordingPath } from '../../recording/layout.ts';
import { LiveFeeds } from '../../recording/live/feeds.ts';
import { fileSource, relaySource } from '../../recording/live/source.ts';
import { isFile } from '../../recording/storage/files.ts';
import type { RecordingFiles } from '../../recording/storage/find-recording.ts';
import { encodePart } from './watch-stream.ts';

export function openLiveFeeds(access: AccessContext, recording: RecordingFiles): LiveFeeds {
  const { directory, keys } = recording;
  return new LiveFeeds({
    find: async (sessionId) => {
      const path = recordingPath(directory, sessionId);
      if (await isFile(path)) return fileSource({ path, keys });
      return relaySource({ bytes: await receiveRecording(access, { sessionId }), keys });
    },
    now: () => access.clock.now(),
    encode: encodePart,
  });
}
