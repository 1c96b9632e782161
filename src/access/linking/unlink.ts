/** Taking an account away from its person, and what is told of every change. */
import type { ChatAccount, ChatAccountKey } from '../../core/chat-account.ts';
import { AppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import {
  deleteChatAccount,
  findChatAccountChange,
  insertChatAccountChange,
  listChatAccounts,
  lockChatAccount,
} from '../../store/operations/chat-accounts.ts';
import { type AccessContext, newId } from '../context.ts';
import { partyOf } from '../read-views.ts';
import { askForJob, recordEvent } from '../record.ts';
import type { PartyView } from '../views.ts';
import { accountOf, subjectOf } from './link.ts';

/**
 * From now on nobody acts through the account.
 * @throws AppError `not_found` unless it is linked to this person
 */
export async function unlinkAccount(
  context: AccessContext,
  input: { account: Omit<ChatAccountKey, 'enterprise'>; by: Identity },
): Promise<ChatAccount> {
  const { by } = input;
  const at = context.clock.now();
  return context.store.transaction(async (db) => {
    const row = await lockChatAccount(db, { ...input.account, enterprise: null });
    if (row?.identity.id !== by.id) throw new AppError('not_found', 'No such account is linked to you.');
    const account = accountOf(row);
    await deleteChatAccount(db, account);
    const id = newId(context, 'l');
    await insertChatAccountChange(db, {
      ...account,
      id,
      kind: 'unlinked',
      identityId: by.id,
      previousIdentityId: null,
      byId: by.id,
      at,
    });
    await recordEvent(db, {
      at,
      type: 'chat-account.unlinked',
      actorId: by.id,
      subject: subjectOf(account),
    });
    await askForJob(db, { job: 'sync-card', payload: { subject: 'chat-account-change', id } }, { now: at });
    return account;
  });
}

/** The accounts that somebody acts through, on every platform, those linked last first. */
export async function listLinkedChatAccounts(
  context: AccessContext,
  input: { by: Identity },
): Promise<readonly (ChatAccount & { readonly linkedAt: Date })[]> {
  const rows = await listChatAccounts(context.store.read(), { identityId: input.by.id });
  return rows.map((row) => ({ ...accountOf(row), linkedAt: row.linkedAt }));
}

export interface ChatAccountChangeView {
  /** `l-…`. */
  readonly id: string;
  readonly kind: 'linked' | 'unlinked';
  readonly account: ChatAccount;
  /** Whose it is from then on; of one that was unlinked, whose it was. */
  readonly person: PartyView;
  /** Whose it was before it was linked to somebody else. */
  readonly previous: PartyView | null;
  readonly at: Date;
}

/** @throws AppError `not_found` */
export async function readChatAccountChange(
  context: AccessContext,
  input: { id: string },
): Promise<ChatAccountChangeView> {
  const row = await findChatAccountChange(context.store.read(), input);
  if (row === null) throw new AppError('not_found', `There is no change ${input.id.slice(0, 40)}.`);
  const { id, kind, identity, previousIdentity, at } = row;
  return {
    id,
    kind,
    account: accountOf(row),
    person: partyOf(identity),
    previous: previousIdentity == null ? null : partyOf(previousIdentity),
    at,
  };
}
