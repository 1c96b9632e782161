/**
 * The app comes and goes: to a team, to a person, to a chat. That is how a bot learns where it may write, and it is
 * told once, so whatever is said here is kept.
 */
import type { AccessContext } from '../../access/context.ts';
import {
  forgetTeamsConversation,
  forgetTeamsTeam,
  noteTeamsConversation,
  renameTeamsTeam,
} from '../../access/teams-conversations.ts';
import type { BotLogger } from '../bot-context.ts';
import type { TeamsActivity, TeamsPlace } from './activity.ts';
import type { TeamsConnector } from './connector.ts';
import type { TeamsConversations } from './conversations.ts';
import { learnChannels } from './team-channels.ts';
import { requireTenant } from './tenants.ts';

interface InstallParts {
  readonly access: AccessContext;
  readonly connector: Pick<TeamsConnector, 'channelsOf' | 'teamNameOf'>;
  readonly conversations: Pick<TeamsConversations, 'see'>;
  readonly logger: BotLogger;
}

/** What an installation is called; `add` and `add-upgrade` when the app came, `remove` and `remove-upgrade` when it went. */
export async function takeInstallation(parts: InstallParts, activity: TeamsActivity): Promise<void> {
  if (activity.event?.startsWith('remove') === true) await forget(parts, activity.scene.place);
  else await arrive(parts, activity);
}

/** Members, channels and teams that came, went or got another name. */
export async function takeUpdate(parts: InstallParts, activity: TeamsActivity): Promise<void> {
  const { added, removed, botId, scene, event } = activity;
  if (removed.includes(botId)) return forget(parts, scene.place);
  if (added.includes(botId)) return arrive(parts, activity);
  await CHANGES.get(event ?? '')?.(parts, activity);
}

type Change = (parts: InstallParts, activity: TeamsActivity) => Promise<void>;

const rememberChannel: Change = async ({ access }, { scene }) => {
  const { conversation, serviceUrl, team, channel, channelName } = scene.place;
  if (team === null) return;
  await noteTeamsConversation(access, {
    ...{ id: channel ?? conversation, serviceUrl, tenant: requireTenant(access, scene), kind: 'channel' },
    ...{ team: team.id, teamName: team.name, channelName, account: null },
  });
};

const forgetChannel: Change = async ({ access }, { scene }) => {
  const { channel } = scene.place;
  if (channel !== null) await forgetTeamsConversation(access, channel);
};

const forgetTeam: Change = async ({ access }, { scene }) => {
  const { team } = scene.place;
  if (team !== null) await forgetTeamsTeam(access, team.id);
};

const renameTeam: Change = async ({ access }, { scene }) => {
  const { team } = scene.place;
  if (team?.name) await renameTeamsTeam(access, { team: team.id, teamName: team.name });
};

/** As Teams names what happened. */
const CHANGES: ReadonlyMap<string, Change> = new Map<string, Change>([
  ['channelCreated', rememberChannel],
  ['channelRenamed', rememberChannel],
  ['channelRestored', rememberChannel],
  ['channelDeleted', forgetChannel],
  ['teamRenamed', renameTeam],
  ['teamArchived', forgetTeam],
  ['teamDeleted', forgetTeam],
  ['teamHardDeleted', forgetTeam],
  ['teamRestored', arrive],
  ['teamUnarchived', arrive],
]);

async function arrive(parts: InstallParts, { scene }: TeamsActivity): Promise<void> {
  await parts.conversations.see(scene);
  await learnChannels(parts, scene);
}

async function forget({ access }: InstallParts, { kind, team, conversation }: TeamsPlace): Promise<void> {
  if (kind === 'channel' && team !== null) await forgetTeamsTeam(access, team.id);
  else await forgetTeamsConversation(access, conversation);
}
