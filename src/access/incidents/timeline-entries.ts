/** Entries of an incident's timeline: what each view says of itself, one line for each thing that happened. */
import { formatDuration } from '../../core/duration.ts';
import type { TimelineKind, WorkMark } from '../../core/incident.ts';
import type { AlertView } from '../alerts/raise-alert.ts';
import type { ReviewView } from '../review-views.ts';
import type { ChatHoldView, GrantView, PartyView, RequestView, SessionView } from '../views.ts';
import type { IncidentView } from './incidents.ts';
import type { ToldEvent } from './matter.ts';

export interface TimelineEntry {
  readonly at: Date;
  readonly kind: TimelineKind;
  /** The id of what it is about. */
  readonly subject: string;
  /** Whoever did it; null for the policy, the clock or the system. */
  readonly who: PartyView | null;
  /** One line. It holds what people typed: whoever shows it escapes it. */
  readonly text: string;
  /** A statement or command, as far as everybody may see it. */
  readonly code: string | null;
  /** Null for what is not about access to one. */
  readonly resource: string | null;
  /** Where in its session it happened; null for what is no part of one. */
  readonly moment: SessionMoment | null;
  /** Why it is worth reading; empty for what is not about a statement. */
  readonly marks: readonly WorkMark[];
}

export interface SessionMoment {
  readonly sessionId: string;
  /** Its number within the session; null for what is no statement. */
  readonly statement: number | null;
  /** Milliseconds since the session began. */
  readonly atMs: number;
}

const NOTHING = { code: null, resource: null, moment: null, marks: [] } as const;

export function entriesOfIncident(incident: IncidentView): TimelineEntry[] {
  const base = { ...NOTHING, kind: 'incident', subject: incident.id } as const;
  const { openedAt, openedBy, closedAt, closedBy, title } = incident;
  const opened = { ...base, at: openedAt, who: openedBy, text: `opened: ${title}` };
  if (closedAt === null) return [opened];
  return [opened, { ...base, at: closedAt, who: closedBy, text: 'closed' }];
}

export function entriesOfRequest(request: RequestView): TimelineEntry[] {
  const { id, requester, beneficiary, role, resource, durationMs, reason, ticket } = request;
  const forWhom = beneficiary.id === requester.id ? '' : ` for ${beneficiary.name}`;
  const under = ticket === null ? '' : ` (${ticket})`;
  const asks = ASKS[request.kind];
  const asked = `${asks} ${role} on ${resource}${forWhom} for ${formatDuration(durationMs)}, because: ${reason}${under}`;
  const base = { ...NOTHING, subject: id, resource } as const;
  const kind = request.kind === 'break-glass' ? 'break-glass' : 'request';
  const entries: TimelineEntry[] = [{ ...base, at: request.createdAt, kind, who: requester, text: asked }];
  for (const vote of request.votes) {
    const stead = vote.onBehalfOf === null ? '' : ` in the place of ${vote.onBehalfOf.name}`;
    const shorter = vote.durationMs === null ? '' : ` for ${formatDuration(vote.durationMs)}`;
    const verdict = vote.verdict === 'approve' ? 'approved' : 'denied';
    const text = `${verdict} it${shorter}${stead}${afterColon(vote.note)}`;
    entries.push({ ...base, at: vote.at, kind: 'vote', who: vote.person, text });
  }
  for (const { at, author, text } of request.comments) {
    entries.push({ ...base, at, kind: 'comment', who: author, text: `said: ${text}` });
  }
  const { consent } = request;
  if (consent?.at != null) {
    entries.push({ ...base, at: consent.at, kind: 'consent', who: consent.by, text: 'consented to it' });
  }
  if (request.decidedAt !== null && request.state !== 'approved') {
    entries.push({ ...base, at: request.decidedAt, kind: 'request', who: null, text: `is ${request.state}` });
  }
  return request.grant?.requestId === id ? [...entries, ...entriesOfGrant(request.grant)] : entries;
}

const ASKS: Readonly<Record<RequestView['kind'], string>> = {
  access: 'asked for',
  extension: 'asked for more time:',
  'break-glass': 'broke the glass:',
};

function entriesOfGrant(grant: GrantView): TimelineEntry[] {
  const base = { ...NOTHING, kind: 'grant', subject: grant.id, resource: grant.resource } as const;
  const names = grant.approvers.map(({ name }) => name).join(', ');
  const because = grant.kind === 'break-glass' ? 'without approval' : `approved by ${names || 'the policy'}`;
  const began: TimelineEntry = {
    ...base,
    at: grant.startsAt,
    who: grant.holder,
    text: `got ${grant.role} on ${grant.resource} for ${formatDuration(grant.durationMs)}, ${because}`,
  };
  if (grant.endedAt === null) return [began];
  const text = `access of ${grant.holder.name} to ${grant.resource} is ${grant.state}`;
  return [began, { ...base, at: grant.endedAt, who: grant.endedBy, text }];
}

/** That it began and ended; what was done in it is told by `entriesOfSummary`, or by its recording. */
export function entriesOfSession(session: SessionView): TimelineEntry[] {
  const { id, holder, resource, role, counts, application, startedAt, endedAt } = session;
  const base = { ...NOTHING, kind: 'session', subject: id, who: holder, resource } as const;
  const client = application === null ? '' : ` with ${application}`;
  const began = `connected to ${resource} as ${role}, from ${session.clientAddress}${client}`;
  const first = { ...base, at: startedAt, text: began, moment: momentIn(session, startedAt) };
  if (endedAt === null) return [first];
  const head = session.recordingHead === null ? '' : `; recording ${session.recordingHead}`;
  const text = `disconnected (${session.endReason ?? 'no reason was recorded'}): ${counts.commands} commands, ${counts.denied} denied, ${counts.held} held, ${dataOf(session)}${head}`;
  return [first, { ...base, at: endedAt, text, moment: momentIn(session, endedAt) }];
}

/** What everybody may read of it: the riskiest statements without their literals. */
export function entriesOfSummary(session: SessionView): TimelineEntry[] {
  const { id, holder, resource } = session;
  return session.riskiest.map(({ at, text, operation, action, rule }) => ({
    ...{ at, kind: 'statement', subject: id, who: holder, resource, code: text },
    text: `${operation}, ${OUTCOMES[action]}${byRule(rule)}`,
    moment: momentIn(session, at),
    marks: action === 'deny' ? ['denied'] : action === 'review' ? ['held'] : [],
  }));
}

function momentIn({ id, startedAt }: SessionView, at: Date): SessionMoment {
  return { sessionId: id, statement: null, atMs: Math.max(0, at.getTime() - startedAt.getTime()) };
}

/** A host answers without rows. */
function dataOf({ resourceKind, counts }: SessionView): string {
  const { rows, maskedCells } = counts;
  return resourceKind === 'ssh'
    ? `${maskedCells} masked values`
    : `${rows} rows, ${maskedCells} masked cells`;
}

const OUTCOMES: Readonly<Record<SessionView['riskiest'][number]['action'], string>> = {
  allow: 'allowed',
  deny: 'denied',
  review: 'held',
};

/** @param hold as chat may show it */
export function entriesOfHold(hold: ChatHoldView): TimelineEntry[] {
  const { resource, sessionId, statement } = hold;
  const base = { ...NOTHING, kind: 'hold', subject: hold.id, resource } as const;
  const entries: TimelineEntry[] = [
    {
      ...base,
      at: hold.createdAt,
      who: hold.holder,
      text: `waits with a command on ${resource}, held by rule ${hold.rule}; SHA-256 ${hold.textSha256}`,
      code: hold.text,
      moment: { sessionId, statement, atMs: 0 },
      marks: ['held'],
    },
  ];
  for (const vote of hold.votes) {
    const verdict = vote.verdict === 'approve' ? 'approved' : 'denied';
    entries.push({ ...base, at: vote.at, who: vote.person, text: `${verdict} it${afterColon(vote.note)}` });
  }
  if (hold.decidedAt === null) return entries;
  return [...entries, { ...base, at: hold.decidedAt, who: null, text: `is ${hold.state}` }];
}

export function entriesOfReview(review: ReviewView): TimelineEntry[] {
  const base = { ...NOTHING, kind: 'review', subject: review.id, resource: review.resource } as const;
  return review.votes.map(({ at, person, verdict, note }) => ({
    ...{ ...base, at, who: person },
    text: `found it ${verdict}${afterColon(note)}`,
  }));
}

export function entryOfFreeze({ at, type, subject, who, data }: ToldEvent): TimelineEntry {
  const reason = typeof data['reason'] === 'string' && data['reason'] !== '' ? `: ${data['reason']}` : '';
  const what = type === 'freeze.begun' ? 'froze access' : 'lifted the freeze';
  return { ...NOTHING, at, kind: 'freeze', subject, who, text: `${what}${reason}` };
}

/** @param sessions those of the incident */
export function entryOfTermination(event: ToldEvent, sessions: readonly SessionView[]): TimelineEntry {
  const { at, type, subject, who, data } = event;
  const session = sessions.find(({ id }) => id === subject);
  const whose = session === undefined ? subject : `${session.holder.name} on ${session.resource}`;
  const reason = session?.terminated?.reason ?? null;
  const rule = typeof data['rule'] === 'string' ? data['rule'] : null;
  const text =
    type === 'session.stopped'
      ? `the session of ${whose} was stopped${byRule(rule)}`
      : `ended the session of ${whose}${afterColon(reason)}`;
  return {
    ...{ ...NOTHING, at, kind: 'termination', subject, who, text },
    resource: session?.resource ?? null,
    moment: session === undefined ? null : momentIn(session, at),
  };
}

export function entryOfAlert({ id, kind, facts, count, firstAt }: AlertView): TimelineEntry {
  const { who, resource, rule, session } = facts;
  const where = who === undefined || resource === undefined ? '' : `: ${who} on ${resource}`;
  const times = count > 1 ? `, ${count} times by now` : '';
  return {
    ...{ ...NOTHING, at: firstAt, kind: 'alert', subject: session ?? id, who: null },
    text: `alert, ${kind}${where}${byRule(rule === undefined || rule === '' ? null : rule)}${times}`,
    resource: resource ?? null,
  };
}

function byRule(rule: string | null): string {
  return rule === null ? '' : ` by rule ${rule}`;
}

function afterColon(note: string | null): string {
  return note === null ? '' : `: ${note}`;
}
