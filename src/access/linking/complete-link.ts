/** The end of a link that is in a browser: opening it, and finishing it with the code that chat has shown. */
import { timingSafeEqual } from 'node:crypto';
import type { ChatAccount } from '../../core/chat-account.ts';
import { AppError } from '../../core/errors.ts';
import type { Identity, Person } from '../../core/identity.ts';
import type { ChatLinkNonceRow } from '../../store/entities/chat-link.ts';
import type { Database } from '../../store/open-store.ts';
import {
  insertChatAccountChange,
  listChatAccounts,
  lockChatAccount,
  saveChatAccount,
} from '../../store/operations/chat-accounts.ts';
import { lockLinkNonce, updateLinkNonce } from '../../store/operations/chat-links.ts';
import { type AccessContext, newId } from '../context.ts';
import { partyOf } from '../read-views.ts';
import { askForJob, recordEvent } from '../record.ts';
import { isFreshFor } from '../step-up/complete-step-up.ts';
import type { PartyView } from '../views.ts';
import { accountOf, CODE_ATTEMPTS_MAX, hashOfCode, hashOfNonce, requireUsable, subjectOf } from './link.ts';

/** Accounts that one person can have. */
const ACCOUNTS_MAX = 20;

export interface LinkView {
  readonly account: ChatAccount;
  /** Whose the account is now; null for nobody's. */
  readonly current: PartyView | null;
  readonly expiresAt: Date;
}

interface SignIn {
  readonly nonce: string;
  readonly by: Identity;
  /** When the identity provider last made the person prove who they are; null if it did not say. */
  readonly signedInAt: Date | null;
}

/**
 * What the link is about. From now on it is this person's alone to finish, and the account can be shown the code.
 * @throws AppError `not_found`, `gone`, `conflict` and `forbidden` as `requireUsable`, and `step_up_required` for a
 *   sign-in that is older than the link
 */
export async function openLink(context: AccessContext, input: SignIn): Promise<LinkView> {
  const idSha256 = hashOfNonce(input.nonce);
  const at = context.clock.now();
  return context.store.transaction(async (db) => {
    const { link, person } = requireUsable(await lockLinkNonce(db, { idSha256 }), { by: input.by, at });
    requireFresh(link, { ...input, at });
    const account = accountOf(link);
    if (link.identity == null) {
      await updateLinkNonce(db, { idSha256 }, { identity: person.id, openedAt: at });
      await recordEvent(db, {
        at,
        type: 'chat-account.link-opened',
        actorId: person.id,
        subject: subjectOf(account),
        data: namesOf(account),
      });
    }
    const current = await lockChatAccount(db, account);
    return {
      account,
      current: current === null ? null : partyOf(current.identity),
      expiresAt: link.expiresAt,
    };
  });
}

/**
 * Links the account to the person. A wrong code is counted; after five the link is worth nothing.
 * @throws AppError as `openLink` does, and `invalid_input` for a wrong code
 */
export async function completeLink(
  context: AccessContext,
  input: SignIn & { readonly code: string },
): Promise<{ readonly account: ChatAccount; readonly person: PartyView }> {
  const idSha256 = hashOfNonce(input.nonce);
  const at = context.clock.now();
  const result = await context.store.transaction(async (db) => {
    const { link, person } = requireUsable(await lockLinkNonce(db, { idSha256 }), { by: input.by, at });
    requireFresh(link, { ...input, at });
    if (link.identity == null) throw new AppError('conflict', 'Open the link first.');
    if (!isCode(link, input.code)) return refuse(db, { link, person, at });
    await updateLinkNonce(db, { idSha256 }, { usedAt: at });
    const account = accountOf(link);
    await write(context, db, { account, person, at });
    return { account, person: partyOf(link.identity) };
  });
  if (result instanceof AppError) throw result;
  return result;
}

function isCode({ idSha256, codeSha256 }: ChatLinkNonceRow, typed: string): boolean {
  if (codeSha256 == null) return false;
  const digits = typed.replace(/[\s-]/g, '');
  return timingSafeEqual(Buffer.from(hashOfCode(idSha256, digits)), Buffer.from(codeSha256));
}

/** The count is kept, so the refusal is returned and thrown after the commit. */
async function refuse(
  db: Database,
  { link, person, at }: { link: ChatLinkNonceRow; person: Person; at: Date },
): Promise<AppError> {
  const attempts = link.codeAttempts + 1;
  await updateLinkNonce(db, { idSha256: link.idSha256 }, { codeAttempts: attempts });
  await recordEvent(db, {
    at,
    type: 'chat-account.link-refused',
    actorId: person.id,
    subject: subjectOf(link),
    data: { attempts },
  });
  const left = CODE_ATTEMPTS_MAX - attempts;
  if (left === 0) return new AppError('gone', 'Too many wrong codes. Ask for another link: /access link');
  const tries = left === 1 ? 'One try is left.' : `${left} tries are left.`;
  return new AppError('invalid_input', `That is not the code that chat shows. ${tries}`);
}

/** What is the person's already stays as it was. */
async function write(
  context: AccessContext,
  db: Database,
  { account, person, at }: { account: ChatAccount; person: Person; at: Date },
): Promise<void> {
  const before = await lockChatAccount(db, account);
  const enterprise = before?.enterprise ?? null;
  if (before?.identity.id === person.id && enterprise === account.enterprise) return;
  const mine = await listChatAccounts(db, { identityId: person.id });
  if (mine.length >= ACCOUNTS_MAX) {
    throw new AppError('conflict', `${ACCOUNTS_MAX} accounts are linked to you already. Unlink one first.`);
  }
  const previousIdentityId = before === null || before.identity.id === person.id ? null : before.identity.id;
  await saveChatAccount(db, { ...account, identityId: person.id, linkedAt: at });
  const id = newId(context, 'l');
  await insertChatAccountChange(db, {
    ...account,
    id,
    kind: 'linked',
    identityId: person.id,
    previousIdentityId,
    byId: person.id,
    at,
  });
  await recordEvent(db, {
    at,
    type: 'chat-account.linked',
    actorId: person.id,
    subject: subjectOf(account),
    data: { ...namesOf(account), previously: previousIdentityId },
  });
  await askForJob(db, { job: 'sync-card', payload: { subject: 'chat-account-change', id } }, { now: at });
}

/** @throws AppError `step_up_required` */
function requireFresh(
  link: ChatLinkNonceRow,
  { signedInAt, at }: { signedInAt: Date | null; at: Date },
): void {
  if (isFreshFor({ askedAt: link.createdAt, signInAgeMaxMs: null }, { signedInAt, at })) return;
  throw new AppError('step_up_required', 'Linking an account needs a fresh sign-in.');
}

function namesOf({ enterprise, accountName, tenantName }: ChatAccount) {
  return { enterprise, accountName, tenantName };
}
