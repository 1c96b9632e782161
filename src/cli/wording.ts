/** How requests, grants, sessions, people and times read on the terminal. */
import { formatDuration } from '../core/duration.ts';
import type { GrantAnswer } from '../web/schemas/grants.ts';
import type { RequestAnswer } from '../web/schemas/requests.ts';
import type { SessionAnswer } from '../web/schemas/sessions.ts';
import { type Column, renderFields } from './table.ts';
import type { Style, Terminal } from './terminal.ts';

type Party = RequestAnswer['requester'];

const STATE_STYLES: Readonly<Record<RequestAnswer['state'] | GrantAnswer['state'], Style>> = {
  pending: 'yellow',
  approved: 'green',
  denied: 'red',
  cancelled: 'dim',
  expired: 'dim',
  issuing: 'yellow',
  active: 'green',
  revoked: 'red',
  done: 'dim',
};

function namesOf(parties: readonly Party[]): string {
  return parties.length === 0 ? '-' : parties.map((party) => party.name).join(', ');
}

/** Local time, to the second: `2026-11-21 14:03:09`. */
export function timeOf(date: Date): string {
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19).replace('T', ' ');
}

/** `in 12m` or `3h20m ago`; the smallest unit that matters. */
export function distanceOf(date: Date, now: Date): string {
  const distanceMs = date.getTime() - now.getTime();
  const text = formatDuration(coarse(Math.abs(distanceMs)));
  return distanceMs >= 0 ? `in ${text}` : `${text} ago`;
}

/** Four blanks before each line. */
export function indented(text: string): string {
  return text.replaceAll(/^/gm, '    ');
}

const MINUTE_MS = 60_000;

function coarse(durationMs: number): number {
  if (durationMs < 2 * MINUTE_MS) return Math.floor(durationMs / 1_000) * 1_000;
  return Math.floor(durationMs / MINUTE_MS) * MINUTE_MS;
}

export const REQUEST_COLUMNS: readonly Column<RequestAnswer>[] = [
  { title: 'ID', value: (request) => request.id },
  { title: 'STATE', value: (request) => request.state },
  { title: 'WHO', value: (request) => request.requester.name },
  { title: 'RESOURCE', value: (request) => request.resource },
  { title: 'ROLE', value: (request) => request.role },
  { title: 'FOR', value: (request) => formatDuration(request.durationMs), align: 'right' },
  { title: 'ASKED', value: (request) => timeOf(request.createdAt) },
  { title: 'REASON', value: (request) => request.reason },
];

export const GRANT_COLUMNS: readonly Column<GrantAnswer>[] = [
  { title: 'ID', value: (grant) => grant.id },
  { title: 'STATE', value: (grant) => grant.state },
  { title: 'HOLDER', value: (grant) => grant.holder.name },
  { title: 'RESOURCE', value: (grant) => grant.resource },
  { title: 'ROLE', value: (grant) => grant.role },
  { title: 'EXPIRES', value: (grant) => timeOf(grant.expiresAt) },
  { title: 'APPROVED BY', value: (grant) => namesOf(grant.approvers) },
];

export const SESSION_COLUMNS: readonly Column<SessionAnswer>[] = [
  { title: 'ID', value: (session) => session.id },
  { title: 'WHO', value: (session) => session.holder.name },
  { title: 'RESOURCE', value: (session) => session.resource },
  { title: 'ROLE', value: (session) => session.role },
  { title: 'STARTED', value: (session) => timeOf(session.startedAt) },
  { title: 'LASTED', value: lastedOf, align: 'right' },
  { title: 'COMMANDS', value: (session) => String(session.counts.commands), align: 'right' },
  { title: 'DENIED', value: (session) => String(session.counts.denied), align: 'right' },
  { title: 'MASKED', value: (session) => String(session.counts.maskedCells), align: 'right' },
];

function lastedOf(session: SessionAnswer): string {
  if (session.endedAt === null) return 'live';
  return formatDuration(session.endedAt.getTime() - session.startedAt.getTime());
}

export function describeRequest(terminal: Terminal, request: RequestAnswer, now: Date): string {
  const pending = request.state === 'pending';
  return renderFields(terminal, [
    { name: 'Request', value: request.id },
    { name: 'State', value: request.state, style: STATE_STYLES[request.state] },
    { name: 'Who', value: `${request.requester.name} <${request.requester.email}>` },
    {
      name: 'For whom',
      value:
        request.beneficiary.id === request.requester.id
          ? null
          : `${request.beneficiary.name} <${request.beneficiary.email}>`,
    },
    { name: 'Resource', value: `${request.resource} (${request.resourceKind}) as ${request.role}` },
    { name: 'For', value: formatDuration(request.durationMs) },
    { name: 'Reason', value: request.reason },
    { name: 'Ticket', value: request.ticket },
    { name: 'Incident', value: request.incident },
    { name: 'Policy', value: request.explanation },
    { name: 'Needs', value: request.seats.length === 0 ? null : request.seats.map(describeSeat).join('\n') },
    { name: 'Consent', value: request.consent === null ? null : describeConsent(request.consent) },
    {
      name: 'Asks for more',
      value:
        request.tightened === null
          ? null
          : `the policy ${request.tightened.policy}, since ${timeOf(request.tightened.at)}`,
    },
    { name: 'Closed', value: describeClosing(request.closed), style: 'red' },
    { name: 'Votes', value: request.votes.length === 0 ? null : request.votes.map(describeVote).join('\n') },
    {
      name: 'Comments',
      value:
        request.comments.length === 0
          ? null
          : request.comments.map(({ author, text }) => `${author.name}: ${text}`).join('\n'),
    },
    { name: 'Sign-in', value: pending && request.stepUp ? 'a vote needs a fresh one' : null },
    { name: 'Again', value: request.againOf === null ? null : `of ${request.againOf}` },
    { name: 'Asked', value: timeOf(request.createdAt) },
    { name: 'Reminded', value: request.remindedAt === null ? null : timeOf(request.remindedAt) },
    { name: 'Escalates', value: describeEscalation(request) },
    {
      name: 'Lapses',
      value: pending ? `${timeOf(request.lapsesAt)} (${distanceOf(request.lapsesAt, now)})` : null,
    },
    { name: 'Grant', value: request.grant === null ? null : `${request.grant.id} (${request.grant.state})` },
  ]);
}

export function describeSeat(seat: RequestAnswer['seats'][number]): string {
  const filled = seat.filledBy.length === 0 ? 'open' : namesOf(seat.filledBy);
  return `${seat.count} of ${seat.name}: ${filled}`;
}

function describeConsent({ from, given }: NonNullable<RequestAnswer['consent']>): string {
  return given ? `given by ${from}` : `still needed of ${from}`;
}

function describeEscalation({ escalation, escalatedAt }: RequestAnswer): string | null {
  if (escalation === null) return null;
  const { group, at } = escalation;
  return escalatedAt === null
    ? `${group} may decide as well from ${timeOf(at)}`
    : `${group} may decide as well since ${timeOf(escalatedAt)}`;
}

function describeClosing(closed: RequestAnswer['closed']): string | null {
  if (closed === null) return null;
  return closed.by === null ? closed.because : `${closed.because} (by ${closed.by.name})`;
}

function describeVote(vote: RequestAnswer['votes'][number]): string {
  const shorter = vote.durationMs === null ? '' : ` for ${formatDuration(vote.durationMs)}`;
  const note = vote.note === null ? '' : `: ${vote.note}`;
  const instead = vote.onBehalfOf === null ? '' : ` for ${vote.onBehalfOf.name}`;
  return `${vote.person.name}${instead} ${vote.verdict === 'approve' ? 'approved' : 'denied'}${shorter}${note}`;
}

export function describeGrant(terminal: Terminal, grant: GrantAnswer, now: Date): string {
  const ended = grant.endedAt;
  return renderFields(terminal, [
    { name: 'Grant', value: grant.id },
    { name: 'State', value: grant.state, style: STATE_STYLES[grant.state] },
    { name: 'Holder', value: `${grant.holder.name} <${grant.holder.email}>` },
    { name: 'Resource', value: `${grant.resource} (${grant.resourceKind}) as ${grant.role}` },
    { name: 'Reason', value: grant.reason },
    { name: 'Approved by', value: grant.approvers.length === 0 ? 'policy' : namesOf(grant.approvers) },
    { name: 'Request', value: grant.requestId },
    { name: 'Problem', value: grant.problem, style: 'red' },
    {
      name: 'Review',
      value: grant.review === null ? null : `${grant.review.id} (${grant.review.state})`,
    },
    {
      name: 'Expires',
      value: ended === null ? `${timeOf(grant.expiresAt)} (${distanceOf(grant.expiresAt, now)})` : null,
    },
    {
      name: 'Ended',
      value:
        ended === null
          ? null
          : `${timeOf(ended)}${grant.endedBy === null ? '' : ` by ${grant.endedBy.name}`}`,
    },
  ]);
}

export function describeSession(terminal: Terminal, session: SessionAnswer): string {
  const { counts } = session;
  const ended =
    session.endedAt === null ? null : `${timeOf(session.endedAt)} (${session.endReason ?? 'unknown'})`;
  return renderFields(terminal, [
    { name: 'Session', value: session.id },
    { name: 'State', value: session.live ? 'live' : 'ended', style: session.live ? 'green' : 'dim' },
    { name: 'Who', value: `${session.holder.name} <${session.holder.email}>` },
    { name: 'Resource', value: `${session.resource} (${session.resourceKind}) as ${session.role}` },
    { name: 'Reason', value: session.reason },
    { name: 'Approved by', value: session.approvers.length === 0 ? 'policy' : namesOf(session.approvers) },
    {
      name: 'From',
      value: `${session.clientAddress}${session.application === null ? '' : ` with ${session.application}`}`,
    },
    { name: 'Started', value: timeOf(session.startedAt) },
    { name: 'Ended', value: ended },
    { name: 'Commands', value: `${counts.commands}, ${counts.denied} denied, ${counts.held} held` },
    { name: 'Data', value: dataOf(session) },
    { name: 'Incident', value: session.incident },
    { name: 'Request', value: `${session.requestId}, grant ${session.grantId}` },
    { name: 'Recording', value: recordingOf(session) },
    {
      name: 'Riskiest',
      value: session.riskiest.length === 0 ? null : session.riskiest.map(describeRisky).join('\n'),
    },
  ]);
}

function recordingOf({ recording, recordingHead }: SessionAnswer): string | null {
  const deletedAt = recording?.deletedAt ?? null;
  if (deletedAt !== null) return `deleted ${timeOf(deletedAt)}: ${recording?.deletedBecause}`;
  return recording?.onHold === true ? `${recordingHead ?? 'not sealed yet'}, on hold` : recordingHead;
}

/** A host answers without rows. */
function dataOf({ resourceKind, counts }: SessionAnswer): string {
  const { rows, bytes, maskedCells } = counts;
  return resourceKind === 'ssh'
    ? `${bytes} bytes, ${maskedCells} masked values`
    : `${rows} rows, ${bytes} bytes, ${maskedCells} masked cells`;
}

const VERDICTS = { deny: 'denied', review: 'held' } as const;

function describeRisky(statement: SessionAnswer['riskiest'][number]): string {
  const rule = statement.rule === null ? '' : ` by ${statement.rule}`;
  const verdict = statement.action === 'allow' ? 'allowed' : `${VERDICTS[statement.action]}${rule}`;
  return `${timeOf(statement.at)} ${statement.operation} ${verdict}: ${statement.text.replaceAll(/\s+/g, ' ')}`;
}
