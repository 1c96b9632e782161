/**
 * Teams as a `ChatPlatform`. A bot can neither make channels nor put files into them without rights over all of a
 * tenant's, so that it has neither: incidents are opened in channels that are there, and documents are linked to.
 */
import { accountsOf, personOfChatAccount } from '../../access/chat-accounts.ts';
import type { AccessContext } from '../../access/context.ts';
import { findTeamsConversation, type TeamsConversation } from '../../access/teams-conversations.ts';
import { AppError } from '../../core/errors.ts';
import type { BotLogger } from '../bot-context.ts';
import type { Card } from '../card.ts';
import { audienceOf } from '../personal-audience.ts';
import { personalView } from '../personal-view.ts';
import type { CardOf, ChatPlatform } from '../platform.ts';
import { targetText } from './card-target.ts';
import { TEAMS_PLATFORM, type TeamsConnector } from './connector.ts';
import type { TeamsAccountKey, TeamsConversations } from './conversations.ts';
import { tenantsOf } from './endpoints.ts';
import { createTeamsMessages } from './messages.ts';
import { messageOf, type TeamsMessage } from './render/card.ts';
import { teamsSettings } from './tenants.ts';

interface PlatformParts {
  readonly access: AccessContext;
  readonly logger: BotLogger;
  readonly connector: TeamsConnector;
  readonly conversations: TeamsConversations;
}

export function createTeamsPlatform(
  parts: PlatformParts,
): Required<Omit<ChatPlatform, 'upload' | 'createChannel' | 'closeChannel'>> {
  const { access, connector, conversations } = parts;
  const messages = createTeamsMessages(access, connector);

  return {
    name: TEAMS_PLATFORM,
    countsByEdits: true,
    resolveChannel: conversations.resolve,
    nameOf: conversations.nameOf,
    post: async ({ channel, threadRef, card, of, key }) => {
      const conversation = await requireConversation(access, channel);
      const activity = await shownIn(parts, { conversation, card, of });
      const thread = conversation.kind === 'personal' ? null : threadRef;
      return messages.postOnce({ to: addressOf(conversation), threadRef: thread, key, activity });
    },
    update: async ({ channel, ref, card, of, canWait = false }) => {
      const conversation = await requireConversation(access, channel);
      const activity = await shownIn(parts, { conversation, card, of });
      await messages.edit({ to: addressOf(conversation), ref, activity, canWait });
    },
    privateChannelOf: async (personId) => {
      for (const account of await accountsOn(access, personId)) {
        const address = await conversations.personalWith(account);
        if (address !== null) return address.conversation;
      }
      return null;
    },
    privateChannelOfAccount: async (account) =>
      (await conversations.personalWith(account))?.conversation ?? null,
  };
}

/** In a personal chat only its person reads it; in a channel everybody has the facts, and asks for what they can do. */
async function shownIn(
  parts: PlatformParts,
  shown: { readonly conversation: TeamsConversation; readonly card: Card; readonly of: CardOf | undefined },
): Promise<TeamsMessage> {
  const { conversation, card, of } = shown;
  if (conversation.kind === 'personal') {
    const own = await ownView(parts, conversation, card);
    return messageOf(own, { kind: 'own', stage: 'message' });
  }
  if (of === undefined) return messageOf(card, { kind: 'shared', target: null, userIds: [] });
  const people = await audienceOf(parts, of);
  const accounts = await Promise.all(people.map((person) => accountsOn(parts.access, person)));
  const userIds = await parts.conversations.userIdsOf(accounts.flat());
  return messageOf(card, { kind: 'shared', target: targetText(of), userIds });
}

async function ownView(parts: PlatformParts, conversation: TeamsConversation, card: Card): Promise<Card> {
  const { tenant, account } = conversation;
  if (account === null) return card;
  const key = { platform: TEAMS_PLATFORM, tenant, enterprise: null, account };
  const viewer = await personOfChatAccount(parts.access, key);
  // Whoever is linked to nobody is shown what concerns the account alone.
  return viewer === null ? card : (await personalView(parts, { card, viewer })).card;
}

/** Of the tenants that may act, those linked last first. */
async function accountsOn(access: AccessContext, personId: string): Promise<readonly TeamsAccountKey[]> {
  const admitted = tenantsOf(teamsSettings(access));
  const accounts = await accountsOf(access, { platform: TEAMS_PLATFORM, personId });
  return accounts.filter(({ tenant }) => admitted.has(tenant));
}

async function requireConversation(access: AccessContext, id: string): Promise<TeamsConversation> {
  const known = await findTeamsConversation(access, id);
  if (known === null || known.blockedAt !== null) {
    throw new AppError('not_found', 'The app is not in that conversation of Teams any more.');
  }
  return known;
}

function addressOf({ serviceUrl, id }: TeamsConversation): { serviceUrl: string; conversation: string } {
  return { serviceUrl, conversation: id };
}
