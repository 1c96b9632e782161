/** Entries of an incident's timeline: what each view says of itself, one line for each thing that happened. */
import { formatDuration } from '../../core/duration.ts';
import type { TimelineKind } from '../../core/incident.ts';
import type { ChatHoldView, GrantView, PartyView, RequestView, SessionView } from '../views.ts';

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
}

export function entriesOfRequest(request: RequestView): TimelineEntry[] {
  const { id, requester, beneficiary, role, resource, durationMs, reason, ticket } = request;
  const forWhom = beneficiary.id === requester.id ? '' : ` for ${beneficiary.name}`;
  const under = ticket === null ? '' : ` (${ticket})`;
  const asks = ASKS[request.kind];
  const asked = `${asks} ${role} on ${resource}${forWhom} for ${formatDuration(durationMs)}, because: ${reason}${under}`;
  const base = { subject: id, code: null } as const;
  const entries: TimelineEntry[] = [
    { ...base, at: request.createdAt, kind: 'request', who: requester, text: asked },
  ];
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
  const base = { kind: 'grant', subject: grant.id, code: null } as const;
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

export function entriesOfSession(session: SessionView): TimelineEntry[] {
  const { id, holder, resource, role, counts, application } = session;
  const base = { subject: id, who: holder, code: null } as const;
  const client = application === null ? '' : ` with ${application}`;
  const entries: TimelineEntry[] = [
    {
      ...base,
      at: session.startedAt,
      kind: 'session',
      text: `connected to ${resource} as ${role}, from ${session.clientAddress}${client}`,
    },
  ];
  for (const statement of session.riskiest) {
    const rule = statement.rule === null ? '' : ` by rule ${statement.rule}`;
    const text = `${statement.operation}, ${OUTCOMES[statement.action]}${rule}`;
    entries.push({ ...base, at: statement.at, kind: 'statement', text, code: statement.text });
  }
  if (session.endedAt === null) return entries;
  const head = session.recordingHead === null ? '' : `; recording ${session.recordingHead}`;
  const text = `disconnected (${session.endReason ?? 'no reason was recorded'}): ${counts.commands} commands, ${counts.denied} denied, ${counts.held} held, ${dataOf(session)}${head}`;
  return [...entries, { ...base, at: session.endedAt, kind: 'session', text }];
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
  const base = { kind: 'hold', subject: hold.id, code: null } as const;
  const entries: TimelineEntry[] = [
    {
      ...base,
      at: hold.createdAt,
      who: hold.holder,
      text: `waits with a command on ${hold.resource}, held by rule ${hold.rule}; SHA-256 ${hold.textSha256}`,
      code: hold.text,
    },
  ];
  for (const vote of hold.votes) {
    const verdict = vote.verdict === 'approve' ? 'approved' : 'denied';
    entries.push({ ...base, at: vote.at, who: vote.person, text: `${verdict} it${afterColon(vote.note)}` });
  }
  if (hold.decidedAt === null) return entries;
  return [...entries, { ...base, at: hold.decidedAt, who: null, text: `is ${hold.state}` }];
}

function afterColon(note: string | null): string {
  return note === null ? '' : `: ${note}`;
}
