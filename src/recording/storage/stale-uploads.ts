import type { RecordingIndex } from './recording-index.ts';
import type { S3Storage } from './s3.ts';

/**
 * Gives up uploads in parts that nobody goes on with: their parts cost money and are no recording. One that is
 * given up too early is begun again, since the file stays where it is until all of it is stored.
 */
export async function giveUpStaleUploads(input: {
  s3: S3Storage;
  index: Pick<RecordingIndex, 'find'>;
  staleMs: number;
}): Promise<void> {
  const { s3, index, staleMs } = input;
  const begunBefore = Date.now() - staleMs;
  const old = (await s3.listUploads()).filter(({ begunAt }) => begunAt.getTime() < begunBefore);
  const sessionIds = old.flatMap(({ key }) => s3.sessionOf(key) ?? []);
  const known = await index.find(sessionIds);
  for (const upload of old) {
    const sessionId = s3.sessionOf(upload.key);
    if (sessionId === null || known.get(sessionId)?.inUse === true) continue;
    await s3.abort(upload);
  }
}
