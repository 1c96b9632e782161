/**
 * The Bot Connector as the rest of Teams uses it: in its pace, with the refusals that pass tried again. Whatever is
 * sent to one conversation by one caller arrives in the order in which it was sent, since each waits for the other.
 */
import { z } from 'zod';
import { AppError, isAppError } from '../../core/errors.ts';
import type { TeamsClient, TeamsRequest } from './client.ts';
import type { ConversationAddress, TeamsConnector } from './connector.ts';
import type { Pacing } from './pacing.ts';

interface ConnectorParts {
  readonly client: TeamsClient;
  readonly pacing: Pacing;
  readonly appId: string;
  /** For milliseconds. */
  readonly sleep: (durationMs: number) => Promise<void>;
  /** From 0 to 1: keeps those apart who were refused together. */
  readonly random: () => number;
  /** Teams refuses what is written there, since the app is blocked or gone. */
  readonly onBlocked: (conversation: string) => Promise<void>;
}

const ATTEMPTS_MAX = 4;
const FIRST_PAUSE_MS = 300;
/** Whatever takes longer is a job's to try again. */
const WAIT_MS_MAX = 3_000;
/** Passing refusals, as Microsoft names them. */
const PASSING: ReadonlySet<unknown> = new Set([412, 429, 502, 504]);
const BLOCKED: ReadonlySet<unknown> = new Set(['MessageWritesBlocked', 'BotNotInConversationRoster']);
const MEMBERS_MAX = 10_000;

const SENT = z.looseObject({ id: z.string().min(1).max(1_000) });
const TEXT = z
  .string()
  .max(1_000)
  .nullish()
  .transform((text) => text ?? null);
const MEMBER = z.looseObject({
  id: z.string().min(1).max(1_000),
  aadObjectId: TEXT,
  objectId: TEXT,
  tenantId: TEXT,
  name: TEXT,
  userPrincipalName: TEXT,
  userRole: TEXT,
});
const TEAM = z.looseObject({ name: TEXT });
const CHANNELS = z.looseObject({
  conversations: z.array(z.looseObject({ id: z.string().min(1).max(1_000), name: TEXT })).max(MEMBERS_MAX),
});

export function createTeamsConnector(parts: ConnectorParts): TeamsConnector {
  const { client, pacing, appId } = parts;

  const write = async (
    to: ConversationAddress,
    request: Pick<TeamsRequest, 'purpose' | 'method' | 'path' | 'body'> & { readonly canWait?: boolean },
  ): Promise<Readonly<Record<string, unknown>>> => {
    const { canWait = false, ...rest } = request;
    const { conversation, serviceUrl } = to;
    try {
      return await repeat(parts, () =>
        pacing.inTurn({ conversation, canWait }, () => client.call({ ...rest, serviceUrl })),
      );
    } catch (error) {
      if (isAppError(error, 'forbidden') && BLOCKED.has(error.context['teamsError'])) {
        await parts.onBlocked(conversation.split(';')[0] ?? conversation);
      }
      throw error;
    }
  };

  const read = (request: TeamsRequest): Promise<Readonly<Record<string, unknown>>> =>
    repeat(parts, () => client.call(request));

  return {
    send: async (to, activity, options = {}) => {
      const path = ['conversations', to.conversation, 'activities'];
      const request = { purpose: 'post a message', method: 'POST', path, body: activity } as const;
      const answer = await write(to, { ...request, ...options });
      return { ref: understood(SENT, answer).id };
    },
    update: async (to, ref, activity, options = {}) => {
      const path = ['conversations', to.conversation, 'activities', ref];
      const body = { ...activity, id: ref };
      await write(to, { purpose: 'update a message', method: 'PUT', path, body, ...options });
    },
    openPersonal: async ({ serviceUrl, tenantId, userId }) => {
      const body = {
        isGroup: false,
        bot: { id: `28:${appId}` },
        members: [{ id: userId }],
        tenantId,
        channelData: { tenant: { id: tenantId } },
      };
      const request = { purpose: 'open a personal chat', method: 'POST', path: ['conversations'] } as const;
      const answer = await orNull(read({ ...request, serviceUrl, body }), ['forbidden', 'not_found']);
      return answer === null ? null : understood(SENT, answer).id;
    },
    memberOf: async ({ serviceUrl, conversation }, userId) => {
      const path = ['conversations', conversation, 'members', userId];
      const request = { purpose: 'say who somebody is', method: 'GET', serviceUrl, path } as const;
      const answer = await orNull(read(request), ['not_found']);
      if (answer === null) return null;
      const { id, aadObjectId, objectId, ...more } = understood(MEMBER, answer);
      const { tenantId, name, userPrincipalName, userRole } = more;
      return { id, aadObjectId: aadObjectId ?? objectId, tenantId, name, userPrincipalName, userRole };
    },
    channelsOf: async ({ serviceUrl, team }) => {
      const path = ['teams', team, 'conversations'];
      const answer = await read({ purpose: 'list the channels of a team', method: 'GET', serviceUrl, path });
      return understood(CHANNELS, answer).conversations.map(({ id, name }) => ({ id, name }));
    },
    teamNameOf: async ({ serviceUrl, team }) => {
      const path = ['teams', team];
      const answer = await read({ purpose: 'say what a team is called', method: 'GET', serviceUrl, path });
      return understood(TEAM, answer).name;
    },
  };
}

async function repeat<T>(
  { sleep, random }: Pick<ConnectorParts, 'sleep' | 'random'>,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      const pauseMs = FIRST_PAUSE_MS * 2 ** (attempts - 1) * (0.5 + random());
      const toldMs = passingForMs(error);
      if (attempts === ATTEMPTS_MAX || toldMs === null) throw error;
      await sleep(Math.max(pauseMs, toldMs));
    }
  }
}

/** How long Teams said to wait; null for what does not pass, or not while somebody waits here. */
function passingForMs(error: unknown): number | null {
  if (!isAppError(error) || !PASSING.has(error.context['status'])) return null;
  const toldMs = Number(error.context['retryAfterSeconds'] ?? 0) * 1_000;
  return toldMs > WAIT_MS_MAX ? null : toldMs;
}

async function orNull<T>(answer: Promise<T>, codes: readonly string[]): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (isAppError(error) && codes.includes(error.code)) return null;
    throw error;
  }
}

function understood<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new AppError('unavailable', 'Teams answered with something else than it should.', {
    cause: parsed.error,
    context: { uncertain: true },
  });
}
