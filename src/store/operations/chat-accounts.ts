import type { ChatAccount, ChatAccountKey } from '../../core/chat-account.ts';
import { ChatAccountRow } from '../entities/chat-account.ts';
import { ChatAccountChangeRow } from '../entities/chat-link.ts';
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

/** Until the transaction ends nobody else changes whose account this is; votes through it wait. */
export async function lockChatAccount(db: Database, key: ChatAccountKey): Promise<ChatAccountRow | null> {
  const { platform, tenant, account } = key;
  await db.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [
    `chat-account:${JSON.stringify([platform, tenant, account])}`,
  ]);
  return db.findOne(
    ChatAccountRow,
    { platform, tenant, account },
    { populate: ['identity'], disableIdentityMap: true },
  );
}

/** Links the account, or links it to somebody else. */
export async function saveChatAccount(
  db: Database,
  account: ChatAccount & { readonly identityId: string; readonly linkedAt: Date },
): Promise<void> {
  const {
    identityId,
    platform,
    tenant,
    enterprise,
    account: id,
    accountName,
    tenantName,
    linkedAt,
  } = account;
  await db.upsert(
    ChatAccountRow,
    { platform, tenant, account: id, enterprise, accountName, tenantName, identity: identityId, linkedAt },
    { onConflictFields: ['platform', 'tenant', 'account'] },
  );
}

export async function deleteChatAccount(db: Database, key: ChatAccountKey): Promise<void> {
  const { platform, tenant, account } = key;
  await db.nativeDelete(ChatAccountRow, { platform, tenant, account });
}

export async function insertChatAccountChange(
  db: Database,
  change: ChatAccount & {
    readonly id: string;
    readonly kind: 'linked' | 'unlinked';
    readonly identityId: string;
    readonly previousIdentityId: string | null;
    readonly byId: string;
    readonly at: Date;
  },
): Promise<void> {
  const { identityId, previousIdentityId, byId, ...rest } = change;
  await db.insert(ChatAccountChangeRow, {
    ...rest,
    identity: identityId,
    previousIdentity: previousIdentityId,
    by: byId,
  });
}

export async function findChatAccountChange(
  db: Database,
  options: { id: string },
): Promise<ChatAccountChangeRow | null> {
  return db.findOne(ChatAccountChangeRow, options, {
    populate: ['identity', 'previousIdentity', 'by'],
    disableIdentityMap: true,
  });
}
