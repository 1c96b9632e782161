/**
 * Channels of the workspace by id and by name. Policies name channels; everything that is stored has their ids, so
 * that a channel that is renamed keeps its cards. What was read is believed for a minute.
 */
import type { Clock } from '../../core/clock.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { SlackClient } from './client.ts';

export interface SlackChannels {
  /**
   * @param channel an id (`C0123ABCD`), or a name with or without `#`
   * @returns the id, or null for a channel that is archived, that we cannot see, or that another organisation reads
   */
  resolve(channel: string): Promise<string | null>;
  /** The name without `#`; the id where there is none, such as in a direct message. */
  nameOf(channel: string): Promise<string>;
  /** @returns the conversation between the app and one account; null when Slack does not allow one */
  directTo(account: string): Promise<string | null>;
  /** @throws AppError `conflict` when the name is taken, `forbidden` when the app may not */
  create(channel: { readonly name: string; readonly topic: string }): Promise<SlackChannel>;
  /** Those who cannot be brought in are left out. */
  invite(channel: string, accounts: readonly string[]): Promise<void>;
  archive(channel: string): Promise<void>;
}

export interface SlackChannel {
  readonly id: string;
  readonly name: string;
  readonly isArchived: boolean;
  /** Other organisations are in it, or invited: Slack Connect. */
  readonly isExternal: boolean;
}

const ID = /^[CG][A-Z0-9]{6,}$/;
/** There as long as its person is, and without a name. */
const DIRECT_ID = /^D[A-Z0-9]{6,}$/;
const BELIEVED_MS = 60_000;
/** All channels of a large workspace are many pages: read again only for a name that is not known. */
const LIST_BELIEVED_MS = 600_000;
const LIST_AGAIN_AFTER_MS = 15_000;
const PAGE = 1_000;
const PAGES_MAX = 50;
const KEPT_MAX = 10_000;
const TOPIC_CHARACTERS_MAX = 250;

interface Known {
  readonly channel: SlackChannel | null;
  readonly readAtMs: number;
}

export function createSlackChannels(client: SlackClient, clock: Clock): SlackChannels {
  const byId = new Map<string, Known>();
  const directs = new Map<string, string>();
  let listed: { readonly ids: ReadonlyMap<string, string>; readonly readAtMs: number } | null = null;
  let listing: Promise<ReadonlyMap<string, string>> | null = null;

  const remember = (id: string, channel: SlackChannel | null): void => {
    if (byId.size >= KEPT_MAX) byId.clear();
    byId.set(id, { channel, readAtMs: clock.now().getTime() });
  };

  const find = async (id: string): Promise<SlackChannel | null> => {
    const known = byId.get(id);
    if (known !== undefined && clock.now().getTime() - known.readAtMs < BELIEVED_MS) return known.channel;
    const channel = await readChannel(client, id);
    remember(id, channel);
    return channel;
  };

  const list = async (): Promise<ReadonlyMap<string, string>> => {
    listing ??= listChannels(client)
      .then((channels) => {
        const ids = new Map(channels.map(({ id, name }) => [name, id]));
        listed = { ids, readAtMs: clock.now().getTime() };
        return ids;
      })
      .finally(() => {
        listing = null;
      });
    return listing;
  };

  const idOf = async (name: string): Promise<string | null> => {
    const ageMs = listed === null ? Number.POSITIVE_INFINITY : clock.now().getTime() - listed.readAtMs;
    const known = listed?.ids.get(name);
    if (known !== undefined && ageMs < LIST_BELIEVED_MS) return known;
    if (ageMs < LIST_AGAIN_AFTER_MS) return null;
    return (await list()).get(name) ?? null;
  };

  return {
    resolve: async (text) => {
      if (DIRECT_ID.test(text)) return text;
      const name = text.replace(/^#/, '');
      const id = ID.test(name) ? name : await idOf(name.toLowerCase());
      if (id === null) return null;
      const channel = await find(id);
      // Who asks for what, why, and what was done is not for others to read.
      if (channel === null || channel.isArchived || channel.isExternal) return null;
      return channel.id;
    },
    nameOf: async (id) => (DIRECT_ID.test(id) ? id : (await find(id))?.name || id),
    directTo: async (account) => {
      const known = directs.get(account);
      if (known !== undefined) return known;
      const id = await openDirect(client, account);
      if (id !== null && directs.size < KEPT_MAX) directs.set(account, id);
      return id;
    },
    create: async ({ name, topic }) => {
      const answer = await client.call('make a channel', (web) => web.conversations.create({ name }));
      const channel = channelOf(answer.channel);
      if (channel === null) throw new AppError('unavailable', 'Slack made a channel and did not say which.');
      remember(channel.id, channel);
      const text = [...topic].slice(0, TOPIC_CHARACTERS_MAX).join('');
      await client.call('set a topic', (web) =>
        web.conversations.setTopic({ channel: channel.id, topic: text }),
      );
      return channel;
    },
    invite: async (channel, accounts) => {
      for (const users of accounts) {
        await client
          .call('invite to a channel', (web) => web.conversations.invite({ channel, users }))
          .catch(unlessRefused);
      }
    },
    archive: async (channel) => {
      await client
        .call('archive a channel', (web) => web.conversations.archive({ channel }))
        .catch((error: unknown) => {
          if (!isAppError(error, 'conflict')) throw error;
        });
      byId.delete(channel);
    },
  };
}

async function readChannel(client: SlackClient, id: string): Promise<SlackChannel | null> {
  try {
    const answer = await client.read('show a channel', (web) => web.conversations.info({ channel: id }));
    return channelOf(answer.channel);
  } catch (error) {
    // A private channel that we were taken out of is as good as gone.
    if (isAppError(error, 'not_found') || isAppError(error, 'forbidden')) return null;
    throw error;
  }
}

/** Every channel that we can see and that is not archived. */
export async function listChannels(client: SlackClient): Promise<SlackChannel[]> {
  const channels: SlackChannel[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const options = {
      exclude_archived: true,
      types: 'public_channel,private_channel',
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    };
    const answer = await client.read('list the channels', (web) => web.conversations.list(options));
    channels.push(...(answer.channels ?? []).flatMap((one) => channelOf(one) ?? []));
    cursor = answer.response_metadata?.next_cursor;
    if (cursor === undefined || cursor === '') break;
  }
  return channels;
}

async function openDirect(client: SlackClient, account: string): Promise<string | null> {
  try {
    const answer = await client.read('open a direct message', (web) =>
      web.conversations.open({ users: account }),
    );
    return answer.channel?.id ?? null;
  } catch (error) {
    if (isAppError(error, 'not_found') || isAppError(error, 'forbidden')) return null;
    throw error;
  }
}

interface SaidOfChannel {
  readonly id?: string;
  readonly name?: string;
  readonly is_archived?: boolean;
  readonly is_ext_shared?: boolean;
  readonly is_pending_ext_shared?: boolean;
}

function channelOf(channel: SaidOfChannel | undefined): SlackChannel | null {
  if (channel?.id === undefined) return null;
  return {
    id: channel.id,
    name: channel.name ?? '',
    isArchived: channel.is_archived ?? false,
    isExternal: channel.is_ext_shared === true || channel.is_pending_ext_shared === true,
  };
}

function unlessRefused(error: unknown): void {
  if (isAppError(error, 'rate_limited') || isAppError(error, 'unavailable')) throw error;
}
