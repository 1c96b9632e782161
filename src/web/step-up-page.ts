/** What somebody is about to decide, once more and in full, after they have signed in afresh. */
import type { FastifyReply } from 'fastify';
import type { StepUpView } from '../access/step-up/complete-step-up.ts';
import { formatDuration } from '../core/duration.ts';
import type { Person } from '../core/identity.ts';
import type { RequestKind } from '../core/request.ts';
import { visibleText } from '../core/visible-text.ts';
import { escapeHtml, sendPlainPage } from './notice-page.ts';

const KINDS = {
  access: 'a request for access',
  extension: 'more time for access that is live',
  'break-glass': 'break-glass access',
} as const satisfies Record<RequestKind, string>;

export function sendStepUpPage(
  reply: FastifyReply,
  { asked, person, path }: { asked: StepUpView; person: Person; path: string },
): FastifyReply {
  const { request, verdict, durationMs, note, inPlaceOf } = asked;
  const decision = verdict === 'approve' ? 'Approve' : 'Deny';
  const holder =
    request.beneficiary.id === request.requester.id ? [] : [['For', nameOf(request.beneficiary)] as const];
  const facts: readonly (readonly [string, string | null])[] = [
    ['Your vote is on', KINDS[request.kind]],
    ['Who asks', nameOf(request.requester)],
    ...holder,
    ['What', `${request.role} on ${request.resource}`],
    ['How long', formatDuration(request.durationMs)],
    ['Why', request.reason],
    ['Ticket', request.ticket],
    ['Incident', request.incident],
    ['Said', request.comments.map(({ author, text }) => `${author.name}: ${text}`).join('\n') || null],
    ['Your decision', `${decision}${durationMs === null ? '' : ` for ${formatDuration(durationMs)}`}`],
    ['Your note', note],
    ['Decided by', nameOf(person)],
    ['In the place of', inPlaceOf === null ? null : nameOf(inPlaceOf)],
  ];
  const list = facts.flatMap(([name, value]) =>
    value === null ? [] : [`<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(visibleText(value))}</dd>`],
  );
  return sendPlainPage(reply, {
    status: 200,
    title: `${decision} ${request.id}?`,
    html: `<dl>${list.join('')}</dl><form method="post" action="${escapeHtml(path)}"><button>${decision}</button></form>`,
  });
}

function nameOf({ name, email }: { readonly name: string; readonly email: string }): string {
  return `${name} <${email}>`;
}
