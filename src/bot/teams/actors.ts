/** Who acts on Teams, and where. */
import { findTeamsConversation } from '../../access/teams-conversations.ts';
import { type Actors, createActors } from '../actors.ts';
import type { ActPlace } from '../acts/act.ts';
import type { BotContext } from '../bot-context.ts';
import type { Scene } from './activity.ts';
import { TEAMS_PLATFORM } from './connector.ts';
import type { TeamsConversations } from './conversations.ts';
import type { TeamsIdentities } from './identity.ts';

export function createTeamsActors(options: {
  readonly bot: BotContext;
  readonly identities: TeamsIdentities;
  readonly conversations: Pick<TeamsConversations, 'meet' | 'nameOf'>;
}): Actors<Scene> {
  const { bot, identities, conversations } = options;
  return createActors<Scene>(bot, {
    platform: TEAMS_PLATFORM,
    accountOf: async (scene) => {
      const account = await identities.accountOf(scene);
      await conversations.meet(account, scene);
      return account;
    },
    personOf: identities.personOf,
    placeOf: (scene) => placeOf(bot, conversations, scene),
    idIn: ({ sender }) => sender.aadObjectId,
  });
}

/** Where the app is not, nobody would see a card: that is as private as a personal chat. */
async function placeOf(
  { access }: BotContext,
  conversations: Pick<TeamsConversations, 'nameOf'>,
  { place }: Scene,
): Promise<ActPlace> {
  const { conversation: channel, kind, channelName } = place;
  const base = { platform: TEAMS_PLATFORM, channel, makesNoChannels: true } as const;
  const isPrivate = kind === 'personal' || (await findTeamsConversation(access, channel)) === null;
  if (isPrivate) return { ...base, channelName: '', isPrivate };
  return { ...base, channelName: channelName ?? (await conversations.nameOf(channel)), isPrivate };
}
