/**
 * What the channels of a team are called. A message says the ids of its channel and team, and not always their names;
 * a bot may ask for all of them.
 */
import type { AccessContext } from '../../access/context.ts';
import { noteTeamsConversation } from '../../access/teams-conversations.ts';
import { messageOf } from '../../core/errors.ts';
import type { BotLogger } from '../bot-context.ts';
import type { Scene } from './activity.ts';
import type { TeamsConnector } from './connector.ts';
import { requireTenant } from './tenants.ts';

/** The channel that every team has; Teams gives it no name. */
export const GENERAL = 'General';

/**
 * Keeps all channels of the team that something came from, with their names. Where Teams does not say, the log does.
 * @throws AppError `forbidden` when it is of a tenant that may not act
 */
export async function learnChannels(
  parts: {
    readonly access: AccessContext;
    readonly connector: Pick<TeamsConnector, 'channelsOf' | 'teamNameOf'>;
    readonly logger: BotLogger;
  },
  scene: Pick<Scene, 'place' | 'tenants'>,
): Promise<void> {
  const { access, connector, logger } = parts;
  const { team, serviceUrl } = scene.place;
  if (team === null) return;
  const tenant = requireTenant(access, scene);
  const address = { serviceUrl, team: team.id };
  try {
    const channels = await connector.channelsOf(address);
    const teamName = team.name ?? (await connector.teamNameOf(address));
    for (const { id, name } of channels) {
      await noteTeamsConversation(access, {
        ...{ id, serviceUrl, tenant, kind: 'channel', team: team.id, teamName },
        ...{ channelName: name ?? GENERAL, account: null },
      });
    }
  } catch (error) {
    logger.warn({ team: team.id, reason: messageOf(error) }, 'the channels of a team are not known');
  }
}
