/**
 * Linking a chat account to a person, with both ends bound. A link is asked for in chat and opened in a browser by
 * somebody who signs in there afresh; only then the account is shown a code, in chat, and who opened the link; and
 * only that person, with that code, finishes. So whoever opens a stranger's link lends that stranger nothing.
 */
import { createHash } from 'node:crypto';
import type { ChatAccount } from '../../core/chat-account.ts';
import { AppError } from '../../core/errors.ts';
import type { Identity, Person } from '../../core/identity.ts';
import type { ChatLinkNonceRow } from '../../store/entities/chat-link.ts';

export const NONCE_BYTES = 20;
const NONCE_PATTERN = /^[a-z2-7]{32}$/;
/** How long a link works. */
export const LINK_MS = 10 * 60_000;
/** Wrong codes before a link stops working. */
export const CODE_ATTEMPTS_MAX = 5;
export const CODE_DIGITS = 6;

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** @throws AppError `not_found` for what no link can be */
export function hashOfNonce(nonce: string): string {
  if (!NONCE_PATTERN.test(nonce)) throw noSuchLink();
  return sha256(nonce);
}

/** A code is worth something for one link alone. */
export function hashOfCode(idSha256: string, code: string): string {
  return sha256(`${idSha256}:${code}`);
}

/**
 * A link that can still be used, by this person.
 * @throws AppError `not_found`, `gone` for one that was used, is too old or was guessed at, `conflict` when somebody
 *   else has opened it, `forbidden` for a workload
 */
export function requireUsable(
  link: ChatLinkNonceRow | null,
  { by, at }: { by: Identity; at: Date },
): { readonly link: ChatLinkNonceRow; readonly person: Person } {
  if (link === null) throw noSuchLink();
  if (by.kind !== 'person') throw new AppError('forbidden', 'Only people have chat accounts.');
  if (link.usedAt != null) throw new AppError('gone', 'This link was used already.');
  if (link.expiresAt <= at) throw tooOld();
  if (link.codeAttempts >= CODE_ATTEMPTS_MAX) {
    throw new AppError('gone', 'Too many wrong codes. Ask for another link: /access link');
  }
  if (link.identity != null && link.identity.id !== by.id) {
    throw new AppError(
      'conflict',
      `${link.identity.name} has opened this link already. If the account is yours, ask for another link: /access link`,
    );
  }
  return { link, person: by };
}

export function accountOf(
  row: Omit<ChatAccount, 'enterprise'> & { enterprise?: string | null | undefined },
): ChatAccount {
  const { platform, tenant, account, accountName, tenantName } = row;
  return { platform, tenant, enterprise: row.enterprise ?? null, account, accountName, tenantName };
}

/** How the audit log calls an account. */
export function subjectOf({
  platform,
  tenant,
  account,
}: Pick<ChatAccount, 'platform' | 'tenant' | 'account'>) {
  return `${platform}:${tenant}:${account}`;
}

function noSuchLink(): AppError {
  return new AppError('not_found', 'There is no such link. Ask for one in chat: /access link');
}

function tooOld(): AppError {
  return new AppError('gone', 'This link is too old. Ask for another one: /access link');
}
