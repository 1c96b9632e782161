/** Links of chat accounts that wait to be confirmed. */
import { LockMode } from '@mikro-orm/postgresql';
import type { ChatAccount, ChatAccountKey } from '../../core/chat-account.ts';
import { ChatLinkNonceRow } from '../entities/chat-link.ts';
import type { Database } from '../open-store.ts';

/** The account's earlier links stop working: one waits at a time. */
export async function insertLinkNonce(
  db: Database,
  link: { idSha256: string; account: ChatAccount; createdAt: Date; expiresAt: Date },
): Promise<void> {
  const { account, ...rest } = link;
  const { platform, tenant, enterprise, account: id, accountName, tenantName } = account;
  await db.nativeDelete(ChatLinkNonceRow, { platform, tenant, account: id, usedAt: null });
  await db.insert(ChatLinkNonceRow, {
    ...rest,
    platform,
    tenant,
    enterprise,
    account: id,
    accountName,
    tenantName,
    identity: null,
    openedAt: null,
    codeSha256: null,
    codeAttempts: 0,
    usedAt: null,
  });
}

/** Takes the row's lock, so that whoever opens, shows and confirms at once does so one after the other. */
export async function lockLinkNonce(
  db: Database,
  options: { idSha256: string },
): Promise<ChatLinkNonceRow | null> {
  const locked = await db.findOne(ChatLinkNonceRow, options, {
    fields: ['idSha256'],
    lockMode: LockMode.PESSIMISTIC_WRITE,
    disableIdentityMap: true,
  });
  if (locked === null) return null;
  return db.findOne(ChatLinkNonceRow, options, { populate: ['identity'], disableIdentityMap: true });
}

/** @returns the hash of the link that waits for this very account, or null */
export async function findWaitingLink(
  db: Database,
  options: { account: ChatAccountKey; now: Date },
): Promise<string | null> {
  const { platform, tenant, enterprise, account } = options.account;
  const row = await db.findOne(
    ChatLinkNonceRow,
    { platform, tenant, enterprise, account, usedAt: null, expiresAt: { $gt: options.now } },
    { orderBy: { createdAt: 'desc' }, disableIdentityMap: true },
  );
  return row?.idSha256 ?? null;
}

/** The caller holds the row's lock. */
export async function updateLinkNonce(
  db: Database,
  options: { idSha256: string },
  change:
    | { identity: string; openedAt: Date }
    | { codeSha256: string }
    | { codeAttempts: number }
    | { usedAt: Date },
): Promise<void> {
  await db.nativeUpdate(ChatLinkNonceRow, options, change);
}

/** Those that stopped working before then. */
export async function deleteExpiredLinkNonces(db: Database, options: { before: Date }): Promise<number> {
  return db.nativeDelete(ChatLinkNonceRow, { expiresAt: { $lte: options.before } });
}
