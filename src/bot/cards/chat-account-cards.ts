/** Cards about chat accounts: asking for a link, the code that finishes it, what is linked, and what changed. */
import type { ChatAccountChangeView } from '../../access/linking/unlink.ts';
import type { PartyView } from '../../access/views.ts';
import type { ChatAccount } from '../../core/chat-account.ts';
import type { Card, CardAction } from '../card.ts';
import { texts } from '../texts/texts.ts';
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
  return texts().accounts.inWords({ name, tenant: plainLine(tenantName, NAME_CHARACTERS_MAX), platform });
}

/** What a button about an account carries. Whose it is, is looked up at every click. */
function accountSubject({ platform, tenant, account }: ChatAccount): string {
  return JSON.stringify([platform, tenant, account]);
}

/** What whoever uses an account is told that is linked to nobody. */
export function unlinkedCard(account: ChatAccount): Card {
  const { title, status } = texts().accounts.unlinked;
  return {
    tone: 'warning',
    title,
    status,
    fields: [{ label: texts().labels.account, value: accountInWords(account) }],
    lists: [],
    actions: [linkButton(texts().buttons.linkAccount, 'primary')],
    fallback: `${title}. ${status}`,
  };
}

/** The link is for this account's person alone: the card is answered to them, and never posted. */
export function linkCard(link: {
  readonly account: ChatAccount;
  readonly url: string;
  readonly expiresAt: Date;
}): Card {
  const words = texts().accounts.link;
  const { title } = words;
  const status = plainLine(words.status(formatInstant(link.expiresAt)), STATUS_CHARACTERS_MAX);
  return {
    tone: 'waiting',
    title,
    status,
    fields: [{ label: texts().labels.account, value: accountInWords(link.account) }],
    lists: [],
    actions: [
      { kind: 'link', label: texts().buttons.openPage, url: link.url },
      {
        kind: 'button',
        action: 'show-link-code',
        subject: 'mine',
        label: texts().buttons.showCode,
        style: 'primary',
      },
    ],
    fallback: `${title}. ${status}`,
  };
}

/** Who has opened the link stands before what to do with the code, so that nobody hands it on. */
export function linkCodeCard(shown: { readonly person: PartyView; readonly expiresAt: Date }): Card {
  const words = texts().accounts.code;
  const title = plainLine(words.title(fullNameOf(shown.person)), TITLE_CHARACTERS_MAX);
  const { status } = words;
  return {
    tone: 'warning',
    title,
    status,
    fields: [{ label: texts().labels.worksUntil, value: formatInstant(shown.expiresAt) }],
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
  const words = texts().accounts.list;
  const status = shown.length === 0 ? words.nothing : words.status;
  const items = shown.map((one) => ({
    text: plainLine(accountInWords(one), TITLE_CHARACTERS_MAX),
    detail: words.since(formatInstant(one.linkedAt)),
    tone: 'neutral' as const,
  }));
  const again = options.here === null ? [] : [linkButton(texts().buttons.linkAccountAnew, 'plain')];
  return {
    tone: 'neutral',
    title: words.title,
    status,
    fields: [],
    lists: items.length === 0 ? [] : [{ title: words.linked, items }],
    actions: [
      ...shown.map((one) => unlinkButton(one, texts().buttons.unlinkOne(accountInWords(one)))),
      ...again,
    ],
    fallback: `${words.title}. ${status}`,
  };
}

/** Posted privately to everybody whom the change concerns. */
export function chatAccountChangeCard(change: ChatAccountChangeView): Card {
  const { account, kind, person, previous } = change;
  const words = texts().accounts.change;
  const linked = kind === 'linked';
  const title = plainLine(
    linked
      ? words.linkedTitle({ account: accountInWords(account), who: fullNameOf(person) })
      : words.unlinkedTitle(accountInWords(account)),
    TITLE_CHARACTERS_MAX,
  );
  const status = plainLine(
    linked ? words.linked(formatInstant(change.at)) : words.unlinked(formatInstant(change.at)),
    STATUS_CHARACTERS_MAX,
  );
  const before = previous === null ? [] : [{ label: texts().labels.untilThen, value: fullNameOf(previous) }];
  return {
    tone: linked ? 'warning' : 'neutral',
    title,
    status,
    fields: [
      { label: texts().labels.account, value: accountInWords(account) },
      { label: linked ? texts().labels.actsAs : texts().labels.actedAs, value: fullNameOf(person) },
      ...before,
      { label: texts().labels.change, value: change.id, code: true },
    ],
    lists: [],
    actions: linked ? [unlinkButton(account, texts().buttons.unlink)] : [],
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
