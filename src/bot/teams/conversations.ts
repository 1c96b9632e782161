/**
 * Conversations by id and by name. Policies name channels; everything that is stored has their ids, so that a channel
 * that is renamed keeps its cards. A bot cannot look for its conversations: what it knows is what it was seen in.
 */
import type { AccessContext } from '../../access/context.ts';
import {
  blockTeamsConversation,
  findPersonalConversation,
  findTeamsConversation,
  listTeamsAccounts,
  listTeamsChannels,
  noteTeamsAccount,
  noteTeamsConversation,
  type TeamsConversation,
} from '../../access/teams-conversations.ts';
import { AppError } from '../../core/errors.ts';
import type { BotLogger } from '../bot-context.ts';
import { rememberedFor } from '../remembered.ts';
import type { Scene } from './activity.ts';
import type { ConversationAddress, TeamsConnector } from './connector.ts';
import { tenantsOf } from './endpoints.ts';
import { GENERAL, learnChannels } from './team-channels.ts';
import { requireTenant, teamsSettings } from './tenants.ts';

type SeenScene = Pick<Scene, 'place' | 'sender' | 'tenants'>;

/** An account as cards and votes know it. */
export interface TeamsAccountKey {
  readonly tenant: string;
  readonly account: string;
}

export interface TeamsConversations {
  /** Keeps where something came from, and what the bot calls whose it was. @throws AppError `forbidden` when it is of a tenant that may not act */
  see(scene: SeenScene): Promise<void>;
  /** Keeps what the bot calls an account. */
  meet(account: TeamsAccountKey, scene: Pick<Scene, 'place' | 'sender'>): Promise<void>;
  /**
   * @param channel an id, a name, or `Team / Channel` where several teams have a channel of that name
   * @returns its id; null for one that we do not know, that several teams have, that is somebody's personal chat, or
   *   that takes nothing from us
   */
  resolve(channel: string): Promise<string | null>;
  /** The channel's name; the id where there is none. */
  nameOf(id: string): Promise<string>;
  /** Where a conversation is reached. @throws AppError `not_found` for one that we do not know */
  addressOf(id: string): Promise<ConversationAddress>;
  /** The conversation between the bot and one account; null when the app is not installed for them, or blocked. */
  personalWith(account: TeamsAccountKey): Promise<ConversationAddress | null>;
  /** `29:…` of those of the accounts that the bot has met. */
  userIdsOf(accounts: readonly TeamsAccountKey[]): Promise<readonly string[]>;
  /** Teams refuses what we write there. The operator is told once. */
  markBlocked(id: string): Promise<void>;
}

/** A team whose channels could not be learned is asked again after so long. */
const ASKED_AGAIN_MS = 60_000;

export function createTeamsConversations(options: {
  readonly access: AccessContext;
  readonly connector: Pick<TeamsConnector, 'openPersonal' | 'channelsOf' | 'teamNameOf'>;
  readonly logger: BotLogger;
}): TeamsConversations {
  const { access, connector, logger } = options;

  const byName = async (name: string): Promise<TeamsConversation | null> => {
    const channels = await listTeamsChannels(access, [...tenantsOf(teamsSettings(access))]);
    const wanted = normalized(name);
    const found = channels.filter((channel) => namesOf(channel).some((one) => normalized(one) === wanted));
    if (found.length <= 1) return found[0] ?? null;
    const full = found.map((channel) => `${namesOf(channel).at(-1)} (${channel.id})`).slice(0, 5);
    logger.warn(
      { channel: name, teams: full },
      'several teams have this channel in Teams: name it with its team, as TEAM / CHANNEL, or by its id',
    );
    return null;
  };

  const openPersonal = async (account: TeamsAccountKey): Promise<ConversationAddress | null> => {
    const [met] = await listTeamsAccounts(access, [account]);
    if (met === undefined) return null;
    const { serviceUrl, userId } = met;
    const id = await connector.openPersonal({ serviceUrl, userId, tenantId: account.tenant });
    if (id === null) return null;
    await noteTeamsConversation(access, {
      ...{ id, serviceUrl, tenant: account.tenant, kind: 'personal', account: account.account },
      ...{ team: null, teamName: null, channelName: null },
    });
    return { serviceUrl, conversation: id };
  };

  const meet: TeamsConversations['meet'] = (account, { place, sender }) =>
    noteTeamsAccount(access, { ...account, userId: sender.userId, serviceUrl: place.serviceUrl });

  const learn = rememberedFor(ASKED_AGAIN_MS, {
    clock: access.clock,
    name: ({ place: { team } }: SeenScene) => team?.id ?? '',
    ask: (scene: SeenScene) => learnChannels(options, scene),
  });

  return {
    see: async (scene) => {
      const tenant = requireTenant(access, scene);
      const { place, sender } = scene;
      const { conversation: id, kind, serviceUrl, team } = place;
      const { aadObjectId } = sender;
      // Of an account of another tenant than its channel's it is not said which one is whose.
      if (aadObjectId !== null && scene.tenants.length === 1) {
        await meet({ tenant, account: aadObjectId }, scene);
      }
      const account = kind === 'personal' ? aadObjectId : null;
      if (kind === 'personal' && account === null) return;
      const isGeneral = team !== null && team.id === id;
      const channelName = place.channelName ?? (isGeneral ? GENERAL : null);
      await noteTeamsConversation(access, {
        ...{ id, serviceUrl, tenant, kind, account, channelName },
        team: team?.id ?? null,
        teamName: team?.name ?? null,
      });
      if (team === null || channelName !== null) return;
      const known = await findTeamsConversation(access, id);
      if (known?.channelName === null) await learn(scene);
    },
    meet,
    resolve: async (channel) => {
      const known = (await findTeamsConversation(access, channel)) ?? (await byName(channel));
      if (known === null || known.kind === 'personal' || known.blockedAt !== null) return null;
      return tenantsOf(teamsSettings(access)).has(known.tenant) ? known.id : null;
    },
    nameOf: async (id) => {
      const known = await findTeamsConversation(access, id);
      return known?.channelName ?? id;
    },
    addressOf: async (id) => {
      const known = await findTeamsConversation(access, id);
      if (known === null)
        throw new AppError('not_found', 'The app is not in that conversation of Teams any more.');
      return { serviceUrl: known.serviceUrl, conversation: known.id };
    },
    personalWith: async (account) => {
      const known = await findPersonalConversation(access, account);
      if (known === null) return openPersonal(account);
      return known.blockedAt === null ? { serviceUrl: known.serviceUrl, conversation: known.id } : null;
    },
    userIdsOf: async (accounts) => (await listTeamsAccounts(access, accounts)).map(({ userId }) => userId),
    markBlocked: async (id) => {
      if (!(await blockTeamsConversation(access, id))) return;
      const known = await findTeamsConversation(access, id);
      logger.error(
        {
          conversation: id,
          kind: known?.kind,
          channel: known?.channelName ?? null,
          account: known?.account ?? null,
        },
        'Teams takes nothing from the app there any more: it was blocked or removed. Add it again, or have its person unblock it',
      );
    },
  };
}

/** What a channel may be called by, the longest last; by its id alone where Teams has not said. */
function namesOf({ channelName, teamName }: TeamsConversation): readonly string[] {
  if (channelName === null) return [];
  return teamName === null ? [channelName] : [channelName, `${teamName} / ${channelName}`];
}

/** Without a mark before it, and without what nobody sees. */
function normalized(name: string): string {
  return name
    .normalize('NFC')
    .trim()
    .replace(/^#/, '')
    .replaceAll(/\s*\/\s*/g, '/')
    .replaceAll(/\s+/g, ' ')
    .toLowerCase();
}
