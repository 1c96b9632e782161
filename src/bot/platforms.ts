/** The chat platforms there are. A new one is a folder beside `web/` and a line here. */
import type { AccessContext } from '../access/context.ts';
import type { ChatPlatform } from './platform.ts';
import { createWebPlatform } from './web/client.ts';

type ChatSettings = ReturnType<AccessContext['policy']['current']>['document']['chat'];

interface PlatformEntry {
  readonly isConfigured: (chat: ChatSettings) => boolean;
  readonly open: (access: AccessContext) => ChatPlatform;
}

const PLATFORM_TABLE: readonly PlatformEntry[] = [
  {
    // Where nothing else is set up, the chat page is how people ask at all.
    isConfigured: (chat) => chat.web !== undefined || (chat.slack === undefined && chat.teams === undefined),
    open: createWebPlatform,
  },
];

/** The platforms of the policy in force. Channels may change with the policy; platforms need a restart. */
export function openPlatforms(access: AccessContext): readonly ChatPlatform[] {
  const { chat } = access.policy.current().document;
  return PLATFORM_TABLE.filter((entry) => entry.isConfigured(chat)).map((entry) => entry.open(access));
}
