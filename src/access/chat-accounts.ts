/** Whose a chat account is, and which accounts somebody has. */
import type { ChatAccount, ChatAccountKey, LinkedChatAccount } from '../core/chat-account.ts';
import type { Identity } from '../core/identity.ts';
import { personOf } from '../identity/persons.ts';
import type { ChatAccountRow } from '../store/entities/chat-account.ts';
import { findChatAccount, listChatAccounts } from '../store/operations/chat-accounts.ts';
import type { AccessContext } from './context.ts';

/**
 * The person whom an account is linked to, for this very act: ask again for the next. The answer carries the
 * account, so that a vote can tell since when it has been theirs.
 * @returns null for an account that nobody has linked, and when the identity provider that vouched for its person
 *   is not the configured one
 */
export async function personOfChatAccount(
  context: Pick<AccessContext, 'store' | 'policy'>,
  account: ChatAccountKey,
): Promise<Identity | null> {
  const row = await findChatAccount(context.store.read(), account);
  if (row === null || row.identity.issuer !== context.policy.current().document.identity.oidc?.issuer) {
    return null;
  }
  return { ...personOf(row.identity), through: linkOf(row) };
}

/** The accounts of a person on one platform, those linked last first. */
export async function accountsOf(
  context: Pick<AccessContext, 'store'>,
  of: { readonly platform: string; readonly personId: string },
): Promise<readonly (ChatAccount & LinkedChatAccount)[]> {
  const { platform, personId: identityId } = of;
  const rows = await listChatAccounts(context.store.read(), { identityId, platform });
  return rows.map((row) => ({
    ...linkOf(row),
    accountName: row.accountName,
    tenantName: row.tenantName,
  }));
}

function linkOf(row: ChatAccountRow): LinkedChatAccount {
  const { platform, tenant, account, linkedAt } = row;
  return { platform, tenant, enterprise: row.enterprise ?? null, account, linkedAt };
}
