/** The chat platforms there are. A new one is a folder beside `web/` and a line here. */
import type { AccessContext } from '../access/context.ts';
import type { BotLogger } from './bot-context.ts';
import type { OpenPlatform } from './open-platform.ts';
import { createWebPlatform } from './web/client.ts';

type ChatSettings = ReturnType<AccessContext['policy']['current']>['document']['chat'];

interface PlatformEntry {
  readonly isConfigured: (chat: ChatSettings) => boolean;
  readonly open: (access: AccessContext, logger: BotLogger) => Promise<OpenPlatform>;
}

const PLATFORM_TABLE: readonly PlatformEntry[] = [
  {
    // Where nothing else is set up, the chat page is how people ask at all.
    isConfigured: (chat) => chat.web !== undefined || (chat.slack === undefined && chat.teams === undefined),
    // Its page is served with the others, by the role that has them.
    open: async (access) => ({
      platform: createWebPlatform(access),
      plugin: null,
      start: () => undefined,
      stop: async () => undefined,
    }),
  },
  {
    isConfigured: (chat) => chat.slack !== undefined,
    // Slack's libraries are loaded where there is a Slack.
    open: async (access, logger) => (await import('./slack/open-slack.ts')).openSlack(access, { logger }),
  },
  {
    isConfigured: (chat) => chat.teams !== undefined,
    open: async (access, logger) => (await import('./teams/open-teams.ts')).openTeams(access, { logger }),
  },
];

/** The platforms of the policy in force. Channels may change with the policy; platforms need a restart. */
export async function openPlatforms(
  access: AccessContext,
  logger: BotLogger,
): Promise<readonly OpenPlatform[]> {
  const { chat } = access.policy.current().document;
  const configured = PLATFORM_TABLE.filter((entry) => entry.isConfigured(chat));
  return Promise.all(configured.map((entry) => entry.open(access, logger)));
}
