/** What Teams says with every activity: who, where, and what. Everything is from outside; what is not understood is refused. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';

const ID = z.string().min(1).max(500);
/** Names are for people to read: one that is not understood is as good as none. */
const NAME = z.string().max(500).nullish().catch(null);

const CHANNEL_ACCOUNT = z.object({
  id: ID,
  name: NAME,
  aadObjectId: z.string().max(100).nullish(),
  role: z.string().max(50).nullish().catch(null),
});

const ENTITY = z.object({
  type: z.string(),
  text: z.string().max(1_000).nullish(),
  mentioned: z.object({ id: ID, name: NAME }).nullish(),
});

const ACTIVITY = z.object({
  type: z.string().min(1).max(100),
  id: ID,
  name: z.string().max(200).nullish(),
  serviceUrl: z.url().max(2_000),
  from: CHANNEL_ACCOUNT,
  recipient: z.object({ id: ID }),
  conversation: z.object({
    id: ID,
    conversationType: z.enum(['personal', 'channel', 'groupChat']).nullish().catch(null),
    tenantId: z.string().max(100).nullish(),
    name: NAME,
  }),
  channelData: z
    .object({
      tenant: z.object({ id: z.string().max(100) }).nullish(),
      team: z.object({ id: ID, name: NAME }).nullish(),
      channel: z.object({ id: ID, name: NAME }).nullish(),
      eventType: z.string().max(100).nullish(),
    })
    .nullish(),
  replyToId: ID.nullish(),
  text: z.string().max(100_000).nullish(),
  entities: z.array(z.unknown()).max(500).nullish(),
  value: z.unknown().optional(),
  action: z.string().max(100).nullish(),
  membersAdded: z
    .array(z.object({ id: ID }))
    .max(5_000)
    .nullish(),
  membersRemoved: z
    .array(z.object({ id: ID }))
    .max(5_000)
    .nullish(),
});

/** Somebody who is mentioned in a text, and how the mention stands in it. */
export interface Mention {
  readonly id: string;
  readonly text: string;
}

export interface TeamsSender {
  /** `29:…` */
  readonly userId: string;
  /** Null for whoever joined without an account. */
  readonly aadObjectId: string | null;
  readonly role: string | null;
}

export interface TeamsPlace {
  /** Without the message that begins a thread. */
  readonly conversation: string;
  /** With it where there is one: what is sent there goes into the thread. */
  readonly thread: string;
  readonly kind: 'personal' | 'channel' | 'group';
  readonly serviceUrl: string;
  readonly team: { readonly id: string; readonly name: string | null } | null;
  /** The channel that the activity is about; in one it is the conversation's own id. */
  readonly channel: string | null;
  readonly channelName: string | null;
}

/** Who acted and where, and by what key the act is known. */
export interface Scene {
  readonly sender: TeamsSender;
  readonly place: TeamsPlace;
  /** Every tenant that the activity names; at least one. */
  readonly tenants: readonly string[];
  /** The message whose card was used, or null. */
  readonly repliesTo: string | null;
  /** Of the act: the same for every delivery of it. */
  readonly key: string;
}

export interface TeamsActivity {
  readonly type: string;
  /** Of an invoke: `adaptiveCard/action`, `task/fetch`. */
  readonly name: string;
  readonly scene: Scene;
  /** The bot, as it is mentioned. */
  readonly botId: string;
  readonly text: string;
  /** In the order of the text. */
  readonly mentions: readonly Mention[];
  readonly value: unknown;
  /** `add` or `remove`, of an installation; `channelCreated` and the like of an update. */
  readonly event: string | null;
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** A channel and its General channel have the id of a thread; a conversation that is a channel says so, or has a team. */
const THREAD = /;messageid=.*$/;

/** @throws AppError `invalid_input` for what Teams does not send */
export function readActivity(body: unknown): TeamsActivity {
  const parsed = ACTIVITY.safeParse(body);
  if (!parsed.success) {
    const where = parsed.error.issues.map(({ path }) => path.join('.') || 'body');
    throw new AppError('invalid_input', `What is not understood: ${[...new Set(where)].join(', ')}.`);
  }
  const sent = parsed.data;
  const tenants = [sent.conversation.tenantId, sent.channelData?.tenant?.id].flatMap((id) =>
    id ? [id.toLowerCase()] : [],
  );
  return {
    type: sent.type,
    name: sent.name ?? '',
    scene: {
      sender: {
        userId: sent.from.id,
        aadObjectId: sent.from.aadObjectId?.toLowerCase() || null,
        role: sent.from.role ?? null,
      },
      place: placeOf(sent),
      tenants: [...new Set(tenants)],
      repliesTo: sent.replyToId ?? null,
      key: keyOf(sent.conversation.id, sent.id),
    },
    botId: sent.recipient.id,
    text: sent.text ?? '',
    mentions: mentionsIn(sent.entities ?? []),
    value: sent.value,
    event: sent.action ?? sent.channelData?.eventType ?? null,
    added: (sent.membersAdded ?? []).map(({ id }) => id),
    removed: (sent.membersRemoved ?? []).map(({ id }) => id),
  };
}

function placeOf({ conversation, channelData, serviceUrl }: z.output<typeof ACTIVITY>): TeamsPlace {
  const { team, channel } = channelData ?? {};
  const kind = conversation.conversationType === 'personal' ? 'personal' : team ? 'channel' : 'group';
  return {
    conversation: conversation.id.replace(THREAD, ''),
    thread: conversation.id,
    kind,
    serviceUrl,
    team: team ? { id: team.id, name: team.name ?? null } : null,
    channel: channel?.id ?? null,
    channelName: channel?.name ?? null,
  };
}

function mentionsIn(entities: readonly unknown[]): readonly Mention[] {
  return entities.flatMap((entity) => {
    const parsed = ENTITY.safeParse(entity);
    if (!parsed.success || parsed.data.type !== 'mention') return [];
    const { mentioned, text } = parsed.data;
    return mentioned && text ? [{ id: mentioned.id, text }] : [];
  });
}

/** Ids of activities are unique in their conversation. */
function keyOf(conversation: string, id: string): string {
  const name = JSON.stringify([conversation, id]);
  return `teams:${createHash('sha256').update(name).digest('base64url')}`;
}
