/** Cards about chat accounts: asking for a link, the code that finishes it, what is linked, and what changed. */
import type { ChatAccountChangeView } from '../../access/linking/unlink.ts';
import type { PartyView } from '../../access/views.ts';
import type { ChatAccount } from '../../core/chat-account.ts';
import type { Card, CardAction } from '../card.ts';
import {
  LIST_ITEMS_MAX,
  NAME_CHARACTERS_MAX,
  STATUS_CHARACTERS_MAX,
  TITLE_CHARACTERS_MAX,
} from './limits.ts';
import { plainLine } from './plain-text.ts';
import { formatInstant, fullNameOf } from './wording.ts';

const LABEL_CHARACTERS_MAX = 75;

/** `Alice in Acme (slack)`. */
export function accountInWords({ accountName, tenantName, platform }: ChatAccount): string {
  const name = plainLine(accountName, NAME_CHARACTERS_MAX);
  return `${name} in ${plainLine(tenantName, NAME_CHARACTERS_MAX)} (${platform})`;
}

/** What a button about an account carries. Whose it is, is looked up at every click. */
function accountSubject({ platform, tenant, account }: ChatAccount): string {
  return JSON.stringify([platform, tenant, account]);
}

/** What whoever uses an account is told that is linked to nobody. */
export function unlinkedCard(account: ChatAccount): Card {
  const title = 'Link this account to your sign-in first';
  const status =
    'You sign in once in your browser; from then on this account asks, approves and denies as you.';
  return {
    tone: 'warning',
    title,
    status,
    fields: [{ label: 'Account', value: accountInWords(account) }],
    lists: [],
    actions: [linkButton('Link this account', 'primary')],
    fallback: `${title}. ${status}`,
  };
}

/** The link is for this account's person alone: the card is answered to them, and never posted. */
export function linkCard(link: {
  readonly account: ChatAccount;
  readonly url: string;
  readonly expiresAt: Date;
}): Card {
  const title = 'Link this account to your sign-in';
  const status = plainLine(
    `1. Open the page and sign in. 2. Come back and press "Show the code". 3. Type the code on the page. Until ${formatInstant(link.expiresAt)}; the link works once, and is for you alone.`,
    STATUS_CHARACTERS_MAX,
  );
  return {
    tone: 'waiting',
    title,
    status,
    fields: [{ label: 'Account', value: accountInWords(link.account) }],
    lists: [],
    actions: [
      { kind: 'link', label: 'Open the page', url: link.url },
      {
        kind: 'button',
        action: 'show-link-code',
        subject: 'mine',
        label: 'Show the code',
        style: 'primary',
      },
    ],
    fallback: `${title}. ${status}`,
  };
}

/** Who has opened the link stands before what to do with the code, so that nobody hands it on. */
export function linkCodeCard(shown: { readonly person: PartyView; readonly expiresAt: Date }): Card {
  const title = plainLine(`${fullNameOf(shown.person)} has opened your link`, TITLE_CHARACTERS_MAX);
  const status =
    'Type the code on that page only if this is you. If it is somebody else, do nothing: give the code to nobody, and ask for another link with /access link';
  return {
    tone: 'warning',
    title,
    status,
    fields: [{ label: 'Works until', value: formatInstant(shown.expiresAt) }],
    lists: [],
    actions: [],
    fallback: `${title}. ${status}`,
  };
}

/** @param options.here the account that it is shown to; null where people sign in themselves */
export function accountsCard(
  accounts: readonly (ChatAccount & { readonly linkedAt: Date })[],
  options: { readonly here: ChatAccount | null },
): Card {
  const shown = accounts.slice(0, LIST_ITEMS_MAX);
  const status =
    shown.length === 0
      ? 'No chat account is linked to you. Where you want to use one, write there: /access link'
      : 'Whoever uses one of these accounts acts as you. Unlink what is not yours any more.';
  const items = shown.map((one) => ({
    text: plainLine(accountInWords(one), TITLE_CHARACTERS_MAX),
    detail: `linked since ${formatInstant(one.linkedAt)}`,
    tone: 'neutral' as const,
  }));
  const again = options.here === null ? [] : [linkButton('Link this account anew', 'plain')];
  return {
    tone: 'neutral',
    title: 'Your chat accounts',
    status,
    fields: [],
    lists: items.length === 0 ? [] : [{ title: 'Linked to you', items }],
    actions: [...shown.map((one) => unlinkButton(one, `Unlink ${accountInWords(one)}`)), ...again],
    fallback: `Your chat accounts. ${status}`,
  };
}

/** Posted privately to everybody whom the change concerns. */
export function chatAccountChangeCard(change: ChatAccountChangeView): Card {
  const { account, kind, person, previous } = change;
  const linked = kind === 'linked';
  const title = plainLine(
    linked
      ? `${accountInWords(account)} acts as ${fullNameOf(person)} from now on`
      : `${accountInWords(account)} is not linked any more`,
    TITLE_CHARACTERS_MAX,
  );
  const status = plainLine(
    linked
      ? `Since ${formatInstant(change.at)}. Requests that were open by then are not for its vote. If this was not you, unlink it and tell your administrators.`
      : `Since ${formatInstant(change.at)} nobody acts through it. If this was not you, tell your administrators.`,
    STATUS_CHARACTERS_MAX,
  );
  const before = previous === null ? [] : [{ label: 'Until then', value: fullNameOf(previous) }];
  return {
    tone: linked ? 'warning' : 'neutral',
    title,
    status,
    fields: [
      { label: 'Account', value: accountInWords(account) },
      { label: linked ? 'Acts as' : 'Acted as', value: fullNameOf(person) },
      ...before,
      { label: 'Change', value: change.id, code: true },
    ],
    lists: [],
    actions: linked ? [unlinkButton(account, 'Unlink')] : [],
    fallback: `${title}. ${status}`,
  };
}

/** Says nothing about which account: whoever clicks it links the one that they click with. */
function linkButton(label: string, style: 'primary' | 'plain'): CardAction {
  return { kind: 'button', action: 'link-account', subject: 'mine', label, style };
}

function unlinkButton(account: ChatAccount, label: string): CardAction {
  return {
    kind: 'button',
    action: 'unlink-account',
    subject: accountSubject(account),
    label: plainLine(label, LABEL_CHARACTERS_MAX),
    style: 'danger',
  };
}
