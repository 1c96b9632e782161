/** Chat accounts, linked as people link them: asked for in chat, opened in a browser, finished with the code. */
import type { AccessContext } from '../../src/access/context.ts';
import { beginLink, showLinkCode } from '../../src/access/linking/begin-link.ts';
import { completeLink, openLink } from '../../src/access/linking/complete-link.ts';
import type { ChatAccount } from '../../src/core/chat-account.ts';
import type { Person } from '../../src/core/identity.ts';

/** An account of a workspace. @param name becomes part of its id */
export function chatAccount(name: string, more: Partial<ChatAccount> = {}): ChatAccount {
  return {
    platform: 'slack',
    tenant: 'T0ACME',
    enterprise: null,
    account: `U0${name.toUpperCase()}`,
    accountName: name,
    tenantName: 'Acme',
    ...more,
  };
}

/** Asks for a link. @returns what stands in it */
export async function nonceFor(context: AccessContext, account: ChatAccount): Promise<string> {
  const { url } = await beginLink(context, { account });
  return url.split('/').at(-1) ?? '';
}

export async function codeFor(context: AccessContext, account: ChatAccount): Promise<string> {
  return (await showLinkCode(context, { account })).code.reveal();
}

/** From the question to the end. */
export async function linkAccount(
  context: AccessContext,
  { account, person }: { account: ChatAccount; person: Person },
): Promise<void> {
  const nonce = await nonceFor(context, account);
  const signedIn = { nonce, by: person, signedInAt: context.clock.now() };
  await openLink(context, signedIn);
  await completeLink(context, { ...signedIn, code: await codeFor(context, account) });
}
