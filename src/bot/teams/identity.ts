/**
 * Who acts on Teams. An account counts when Teams says, within the last minute, that it is an ordinary member of where
 * it acts and of a tenant that may act; the person is whoever has linked it. Names and e-mail addresses prove nothing.
 */
import { personOfChatAccount } from '../../access/chat-accounts.ts';
import type { AccessContext } from '../../access/context.ts';
import { findPersonalConversation } from '../../access/teams-conversations.ts';
import type { ChatAccount } from '../../core/chat-account.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import { rememberedFor } from '../remembered.ts';
import type { Texts } from '../texts/languages.ts';
import { texts } from '../texts/texts.ts';
import type { Scene } from './activity.ts';
import {
  type ConversationAddress,
  TEAMS_PLATFORM,
  type TeamsConnector,
  type TeamsMember,
} from './connector.ts';
import { tenantsOf } from './endpoints.ts';
import { requireTenant, teamsSettings } from './tenants.ts';

export interface TeamsIdentities {
  /**
   * The account of a sender who may act, linked or not.
   * @throws AppError `forbidden`, with what the sender should know; `unavailable` when Teams does not say
   */
  accountOf(scene: Pick<Scene, 'sender' | 'place' | 'tenants'>): Promise<ChatAccount>;
  /**
   * The account of somebody who was mentioned in a conversation, on the same terms.
   * @throws as `accountOf`
   */
  mentioned(userId: string, place: Scene['place']): Promise<ChatAccount>;
  /** The person whom an account is linked to; null when nobody has linked it. Asked for every act. */
  personOf(account: ChatAccount): Promise<Identity | null>;
}

/** How long an answer of Teams' about a member is believed. */
export const BELIEVED_MS = 60_000;

/** A role that is not here is no ordinary member's, whatever it may mean one day. */
const ROLES: ReadonlySet<string> = new Set(['user', 'owner']);
/** In the sign-in name of everybody who was invited from elsewhere. */
const EXTERNAL = /#EXT#/i;
/** Bots and skills have ids of other kinds. */
const PERSON_ID = /^29:/;

interface Question {
  readonly place: ConversationAddress;
  readonly userId: string;
}

export function createTeamsIdentities(options: {
  readonly access: AccessContext;
  readonly connector: Pick<TeamsConnector, 'memberOf'>;
}): TeamsIdentities {
  const { access, connector } = options;
  const ask = rememberedFor(BELIEVED_MS, {
    clock: access.clock,
    name: ({ place, userId }: Question) => JSON.stringify([place.conversation, userId]),
    ask: (question: Question) => findMember(connector, question),
  });
  const memberIn = (question: Question): Promise<TeamsMember | null> => ask(question).catch(nullWhereAbsent);

  /** Somebody may act where the app is not, such as on a message of another chat: then what counts is their own chat with it. */
  const memberAnywhere = async (
    scene: Pick<Scene, 'sender' | 'place' | 'tenants'>,
  ): Promise<TeamsMember | null> => {
    const { sender, place, tenants } = scene;
    const { userId, aadObjectId: account } = sender;
    const here = await memberIn({ place, userId });
    if (here !== null || account === null) return here;
    for (const tenant of tenants) {
      const own = await findPersonalConversation(access, { tenant, account });
      if (own === null) continue;
      const address = { serviceUrl: own.serviceUrl, conversation: own.id };
      const member = await memberIn({ place: address, userId });
      if (member !== null) return member;
    }
    return null;
  };

  return {
    accountOf: async (scene) => {
      requireTenant(access, scene);
      const { sender } = scene;
      if (!PERSON_ID.test(sender.userId) || isRole(sender.role, 'bot', 'skill')) throw refused('bot');
      if (sender.aadObjectId === null || isRole(sender.role, 'anonymous')) throw refused('anonymous');
      const account = accountOfMember(access, await memberAnywhere(scene));
      // What the activity says and what the connector says are of one account, or neither is believed.
      if (account.account !== sender.aadObjectId) throw refused('unknown');
      return account;
    },
    mentioned: async (userId, place) => {
      if (!PERSON_ID.test(userId)) throw refused('bot');
      return accountOfMember(access, await memberIn({ place, userId }));
    },
    personOf: (account) => personOfChatAccount(access, account),
  };
}

/** @throws AppError `not_found`, so that nobody is a stranger for longer than they are one */
async function findMember(
  connector: Pick<TeamsConnector, 'memberOf'>,
  { place, userId }: Question,
): Promise<TeamsMember> {
  const { serviceUrl, conversation } = place;
  const member = await connector.memberOf({ serviceUrl, conversation }, userId);
  if (member?.id !== userId) throw new AppError('not_found', 'Teams knows no such member.');
  return member;
}

/** Where the app is not, it may not ask. */
function nullWhereAbsent(error: unknown): null {
  if (isAppError(error, 'not_found') || isAppError(error, 'forbidden')) return null;
  throw error;
}

/** @throws AppError `forbidden` for everybody who is not an ordinary member of a tenant that may act */
function accountOfMember(access: AccessContext, member: TeamsMember | null): ChatAccount {
  if (member === null) throw refused('stranger');
  const { aadObjectId, tenantId, userRole, userPrincipalName, name } = member;
  if (isRole(userRole, 'anonymous')) throw refused('anonymous');
  if (isRole(userRole, 'guest') || EXTERNAL.test(userPrincipalName ?? '')) throw refused('guest');
  if (isRole(userRole, 'bot', 'skill')) throw refused('bot');
  if (!aadObjectId || !tenantId || !ROLES.has(userRole?.toLowerCase() ?? '')) throw refused('unknown');
  const tenant = tenantId.toLowerCase();
  if (!tenantsOf(teamsSettings(access)).has(tenant)) throw refused('foreign');
  return {
    platform: TEAMS_PLATFORM,
    tenant,
    enterprise: null,
    account: aadObjectId.toLowerCase(),
    accountName: name || userPrincipalName || aadObjectId,
    tenantName: userPrincipalName?.split('@')[1] || tenant,
  };
}

function isRole(role: string | null, ...roles: readonly string[]): boolean {
  return role !== null && roles.includes(role.toLowerCase());
}

function refused(why: keyof Texts['teams']['refusals']): AppError {
  return new AppError('forbidden', texts().teams.refusals[why]);
}
