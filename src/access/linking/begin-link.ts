/** The end of a link that is in chat: asking for it, and the code that only this account is shown. */
import type { ChatAccount, ChatAccountKey } from '../../core/chat-account.ts';
import { after } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { base32 } from '../../core/grant.ts';
import { Secret } from '../../core/secret.ts';
import {
  findWaitingLink,
  insertLinkNonce,
  lockLinkNonce,
  updateLinkNonce,
} from '../../store/operations/chat-links.ts';
import type { AccessContext } from '../context.ts';
import { partyOf } from '../read-views.ts';
import type { PartyView } from '../views.ts';
import { CODE_ATTEMPTS_MAX, CODE_DIGITS, hashOfCode, LINK_MS, NONCE_BYTES, sha256 } from './link.ts';

const CODE_BYTES = 6;
const NAME_CHARACTERS_MAX = 200;

/**
 * @param input.account as its platform has just verified it
 * @returns where its person goes on, for them alone; earlier links of the account stop working
 */
export async function beginLink(
  context: AccessContext,
  input: { account: ChatAccount },
): Promise<{ readonly url: string; readonly expiresAt: Date }> {
  const nonce = base32(context.random(NONCE_BYTES));
  const createdAt = context.clock.now();
  const expiresAt = after(createdAt, LINK_MS);
  const account = {
    ...input.account,
    accountName: input.account.accountName.slice(0, NAME_CHARACTERS_MAX),
    tenantName: input.account.tenantName.slice(0, NAME_CHARACTERS_MAX),
  };
  await context.store.transaction((db) =>
    insertLinkNonce(db, { idSha256: sha256(nonce), account, createdAt, expiresAt }),
  );
  return { url: `${context.settings.publicUrl}/link/${nonce}`, expiresAt };
}

export interface LinkCode {
  /** Six digits, for the page. Each showing makes another. */
  readonly code: Secret<string>;
  /** Who has opened the link, signed in. */
  readonly person: PartyView;
  readonly expiresAt: Date;
}

/**
 * The code that finishes the link of this account.
 * @throws AppError `not_found` when no link waits, `conflict` before anybody has opened it, `gone` after too many
 *   wrong codes
 */
export async function showLinkCode(
  context: AccessContext,
  input: { account: ChatAccountKey },
): Promise<LinkCode> {
  const now = context.clock.now();
  return context.store.transaction(async (db) => {
    const idSha256 = await findWaitingLink(db, { account: input.account, now });
    const link = idSha256 === null ? null : await lockLinkNonce(db, { idSha256 });
    if (link === null || link.usedAt != null) {
      throw new AppError('not_found', 'No link waits for this account. Ask for one: /access link');
    }
    if (link.codeAttempts >= CODE_ATTEMPTS_MAX) {
      throw new AppError('gone', 'Too many wrong codes. Ask for another link: /access link');
    }
    if (link.identity == null) {
      throw new AppError(
        'conflict',
        'Nobody has opened the link yet. Open it and sign in there; then come back.',
      );
    }
    const code = makeCode(context);
    await updateLinkNonce(db, { idSha256: link.idSha256 }, { codeSha256: hashOfCode(link.idSha256, code) });
    return { code: new Secret(code), person: partyOf(link.identity), expiresAt: link.expiresAt };
  });
}

function makeCode({ random }: Pick<AccessContext, 'random'>): string {
  const number = Buffer.from(random(CODE_BYTES)).readUIntBE(0, CODE_BYTES);
  return String(number % 10 ** CODE_DIGITS).padStart(CODE_DIGITS, '0');
}
