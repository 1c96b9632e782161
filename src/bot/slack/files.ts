/**
 * Files by Slack's external upload: a place for the bytes, the bytes, and then the sharing, which is the only step
 * that anybody sees. The file's id is remembered before it is shared, so that after an attempt with an unknown
 * outcome Slack can be asked whether it was.
 */
import type { AccessContext } from '../../access/context.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import type { ChatPlatform } from '../platform.ts';
import { postOnce } from '../post-once.ts';
import type { SlackClient } from './client.ts';
import type { Pacing } from './pacing.ts';

type SlackFile = Parameters<NonNullable<ChatPlatform['upload']>>[0];

/** Uploading takes as long as it takes; after this the claim is somebody else's. */
const CLAIM_MS = 120_000;
const UPLOAD_TIMEOUT_MS = 60_000;
const TITLE_CHARACTERS_MAX = 250;

/**
 * Shares a file once for each key.
 * @returns the id of the file
 * @throws as `ChatPlatform.upload`
 */
export async function shareOnce(
  context: {
    readonly access: AccessContext;
    readonly client: SlackClient;
    readonly pacing: Pacing;
    readonly platform: string;
  },
  file: SlackFile,
): Promise<{ readonly ref: string }> {
  const { access, client, pacing, platform } = context;
  const { channel, threadRef, key } = file;
  const { ref } = await postOnce(
    access,
    { platform, key, channel, threadRef },
    {
      claimMs: CLAIM_MS,
      find: async ({ draft }) => (draft !== null && (await isShared(client, draft)) ? draft : null),
      send: async (sending) => {
        const id = await upload(client, file);
        await pacing.inTurn({ method: 'post', channel }, async () => {
          await sending(id);
          await share(client, { ...file, id });
        });
        return id;
      },
    },
  );
  return { ref };
}

async function upload(client: SlackClient, { name, bytes }: SlackFile): Promise<string> {
  const place = await client.call('take a file', (web) =>
    web.files.getUploadURLExternal({ filename: name, length: bytes.byteLength }),
  );
  const { upload_url: url, file_id: id } = place;
  if (url === undefined || id === undefined) {
    throw new AppError('unavailable', 'Slack gave no place for a file.');
  }
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      body: new Uint8Array(bytes),
      headers: { 'content-type': 'application/octet-stream' },
      redirect: 'error',
      signal: AbortSignal.timeout(UPLOAD_TIMEOUT_MS),
    });
  } catch (error) {
    throw new AppError('unavailable', `Slack did not take a file: ${messageOf(error)}.`, { cause: error });
  }
  if (!response.ok) {
    throw new AppError('unavailable', `Slack did not take a file: HTTP status ${response.status}.`);
  }
  return id;
}

async function share(client: SlackClient, file: SlackFile & { readonly id: string }): Promise<void> {
  const { channel, threadRef, id } = file;
  const title = [...file.title].slice(0, TITLE_CHARACTERS_MAX).join('');
  const what = { files: [{ id, title }] as [{ id: string; title: string }], channel_id: channel };
  await client.call('share a file', (web) =>
    web.files.completeUploadExternal(threadRef === null ? what : { ...what, thread_ts: threadRef }),
  );
}

async function isShared(client: SlackClient, file: string): Promise<boolean> {
  const answer = await client.read('show a file', (web) => web.files.info({ file }));
  const { channels = [], groups = [], ims = [] } = answer.file ?? {};
  return channels.length + groups.length + ims.length > 0;
}
