/** What somebody is about to link, in large letters, after they have signed in afresh. */
import type { FastifyReply } from 'fastify';
import type { LinkView } from '../access/linking/complete-link.ts';
import type { Person } from '../core/identity.ts';
import { visibleText } from '../core/visible-text.ts';
import { escapeHtml, sendPlainPage } from './notice-page.ts';

/** @param page.problem what was wrong with the last try, or null */
export function sendLinkPage(
  reply: FastifyReply,
  page: {
    readonly link: LinkView;
    readonly person: Person;
    readonly path: string;
    readonly problem: string | null;
  },
): FastifyReply {
  const { link, person, path, problem } = page;
  const { accountName, tenantName, platform, account, tenant } = link.account;
  const now = link.current === null ? 'nobody' : `${link.current.name} <${link.current.email}>`;
  const facts: readonly (readonly [string, string])[] = [
    ['Account', `${accountName} (${account})`],
    ['Workspace', `${tenantName} (${tenant}), ${platform}`],
    ['Linked to now', now],
    ['Will act as', `${person.name} <${person.email}>`],
  ];
  const list = facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${shown(value)}</dd>`).join('');
  const warning = problem === null ? '' : `<p role="alert"><strong>${escapeHtml(problem)}</strong></p>`;
  return sendPlainPage(reply, {
    status: problem === null ? 200 : 400,
    title: 'Link a chat account',
    html: `<p class="large">${shown(accountName)} in ${shown(tenantName)}</p>
<p>Whoever uses this account will <strong>ask, approve and deny as ${shown(person.name)}</strong>.
If the account is not yours, close this page, whoever sent you here and whatever code they tell you.</p>
<dl>${list}</dl>${warning}
<form method="post" action="${escapeHtml(path)}">
<p><label for="code">The code that chat shows you (press “Show the code” there, or write /access link code)</label></p>
<p><input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="20" required autofocus></p>
<button>This account is mine: link it</button></form>`,
  });
}

function shown(text: string): string {
  return escapeHtml(visibleText(text));
}
