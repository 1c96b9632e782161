/**
 * Files by Slack's external upload: a place for the bytes, the bytes, and then the sharing, which is the only step
 * that anybody sees. The file's id is remembered before it is shared, so that after an attempt with an unknown
 * outcome Slack can be asked whether it was.
 */
import { claimChatPosting, noteChatPosting } from '../../access/chat-postings.ts';
import type { AccessContext } from '../../access/context.ts';
import { after } from '../../core/clock.ts';
import { AppError, messageOf } from '../../core/errors.ts';
import type { ChatPlatform } from '../platform.ts';
import { isUncertain, type SlackClient } from './client.ts';
import type { Pacing } from './pacing.ts';

type SlackFile = Parameters<NonNullable<ChatPlatform['upload']>>[0];

/** Uploading takes as long as it takes; after this the claim is somebody else's. */
const CLAIM_MS = 120_000;
const SETTLE_MS = 5_000;
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
  const { claimed, posting } = await claimChatPosting(access, {
    ...{ platform, key, channel, threadRef },
    claimMs: CLAIM_MS,
  });
  if (posting.ref !== null) return { ref: posting.ref };
  if (!claimed) {
    throw new AppError('rate_limited', 'This file is being uploaded already.', {
      context: { retryAfterSeconds: 1 },
    });
  }
  try {
    const known = posting.draft !== null && (await isShared(client, posting.draft));
    const id = known && posting.draft !== null ? posting.draft : await upload(client, file);
    if (!known) {
      await noteChatPosting(access, { platform, key }, { draft: id });
      await pacing.inTurn({ method: 'post', channel }, () => share(client, { ...file, id }));
    }
    await noteChatPosting(access, { platform, key }, { ref: id });
    return { ref: id };
  } catch (error) {
    const now = access.clock.now();
    const claimedUntil = isUncertain(error) ? after(now, SETTLE_MS) : now;
    await noteChatPosting(access, { platform, key }, { claimedUntil });
    throw error;
  }
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
