/** Messages of Slack. Each carries its key as metadata, by which one with an unknown outcome is found again. */
import type { ChatPosting } from '../../access/chat-postings.ts';
import type { AccessContext } from '../../access/context.ts';
import { after } from '../../core/clock.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { postOnce } from '../post-once.ts';
import type { SlackClient } from './client.ts';
import type { Pacing } from './pacing.ts';
import type { SlackMessage } from './render/blocks.ts';

export interface SlackMessages {
  /** @throws as `ChatPlatform.post` */
  postOnce(message: {
    readonly channel: string;
    readonly threadRef: string | null;
    readonly key: string;
    readonly content: SlackMessage;
  }): Promise<{ readonly ref: string }>;

  /**
   * @param message.canWait another edit follows soon anyway
   * @throws as `ChatPlatform.update`
   */
  edit(message: {
    readonly channel: string;
    readonly ref: string;
    readonly content: SlackMessage;
    readonly canWait?: boolean;
  }): Promise<void>;
}

interface MessageContext {
  readonly access: AccessContext;
  readonly client: SlackClient;
  readonly pacing: Pacing;
  /** Stored with every posting. */
  readonly platform: string;
}

const METADATA_EVENT = 'sallyport_card';

/** Longer than a call may take together with its wait for a place. */
const CLAIM_MS = 30_000;
const PAGE = 200;
const PAGES_MAX = 5;
/** Slack's clock and ours need not agree. */
const CLOCKS_DIFFER_MS = 300_000;

export function createSlackMessages(context: MessageContext): SlackMessages {
  return {
    postOnce: async (message) => {
      const { channel, threadRef, key, content } = message;
      const { access, platform } = context;
      const { ref, isNew } = await postOnce(
        access,
        { platform, key, channel, threadRef },
        {
          claimMs: CLAIM_MS,
          find: (earlier) => findPosted(context, { ...message, earlier }),
          send: (sending) => send(context, message, sending),
        },
      );
      if (!isNew) await edit(context, { channel, ref, content });
      return { ref };
    },
    edit: (message) => edit(context, message),
  };
}

async function edit(context: MessageContext, message: Parameters<SlackMessages['edit']>[0]): Promise<void> {
  const { channel, ref, content, canWait = false } = message;
  await context.pacing.inTurn({ method: 'update', channel, canWait }, () =>
    context.client.call('update a card', (web) => web.chat.update({ channel, ts: ref, ...content })),
  );
}

/** @returns the message's timestamp, which is its name at Slack */
async function send(
  { client, pacing }: MessageContext,
  message: Parameters<SlackMessages['postOnce']>[0],
  sending: () => Promise<void>,
): Promise<string> {
  const { channel, threadRef, key, content } = message;
  const { ts } = await pacing.inTurn({ method: 'post', channel }, async () => {
    await sending();
    return client.call('post a card', (web) =>
      web.chat.postMessage({
        channel,
        ...content,
        ...(threadRef === null ? {} : { thread_ts: threadRef }),
        metadata: { event_type: METADATA_EVENT, event_payload: { key } },
        unfurl_links: false,
        unfurl_media: false,
      }),
    );
  });
  if (ts === undefined)
    throw new AppError('unavailable', 'Slack posted a card and did not say which.', {
      context: { uncertain: true },
    });
  return ts;
}

/** @returns the timestamp of the message that carries this key, or null when there is none */
async function findPosted(
  { client }: MessageContext,
  message: {
    readonly channel: string;
    readonly threadRef: string | null;
    readonly key: string;
    readonly earlier: ChatPosting;
  },
): Promise<string | null> {
  const { channel, threadRef, key } = message;
  const since = after(message.earlier.attemptedAt ?? new Date(0), -CLOCKS_DIFFER_MS);
  const page = { channel, limit: PAGE, include_all_metadata: true, oldest: `${since.getTime() / 1_000}` };
  let cursor: string | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const next = { ...page, ...(cursor === undefined ? {} : { cursor }) };
    const answer = await client
      .read('show what was posted', (web) =>
        threadRef === null
          ? web.conversations.history(next)
          : web.conversations.replies({ ...next, ts: threadRef }),
      )
      .catch(ignoreForbidden);
    const found = answer?.messages?.find(
      ({ metadata }) => metadata?.event_type === METADATA_EVENT && payloadKey(metadata) === key,
    );
    if (found?.ts !== undefined) return found.ts;
    cursor = answer?.response_metadata?.next_cursor;
    if (cursor === undefined || cursor === '') return null;
  }
  return null;
}

/** Where we may write but not read, a card that is there twice is better than none. */
function ignoreForbidden(error: unknown): null {
  if (isAppError(error, 'forbidden')) return null;
  throw error;
}

function payloadKey(metadata: { readonly event_payload?: unknown }): unknown {
  const payload = metadata.event_payload;
  return typeof payload === 'object' && payload !== null && 'key' in payload ? payload.key : null;
}
