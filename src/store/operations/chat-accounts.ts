import type { ChatAccountKey } from '../../core/chat-account.ts';
import { ChatAccountRow } from '../entities/chat-account.ts';
import type { Database } from '../open-store.ts';

/** The link of exactly this account, with its person. */
export async function findChatAccount(db: Database, key: ChatAccountKey): Promise<ChatAccountRow | null> {
  const { platform, tenant, enterprise, account } = key;
  return db.findOne(
    ChatAccountRow,
    { platform, tenant, enterprise, account },
    { populate: ['identity'], disableIdentityMap: true },
  );
}

/** Of one person, those linked last first. */
export async function listChatAccounts(
  db: Database,
  options: { identityId: string; platform?: string },
): Promise<readonly ChatAccountRow[]> {
  const { identityId, platform } = options;
  return db.find(
    ChatAccountRow,
    { identity: identityId, ...(platform === undefined ? {} : { platform }) },
    {
      populate: ['identity'],
      orderBy: { linkedAt: 'desc', tenant: 'asc', account: 'asc' },
      disableIdentityMap: true,
    },
  );
}
