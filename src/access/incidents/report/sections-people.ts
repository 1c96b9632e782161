/** Who was in it, who let whom do what, and what was taken without asking. */
import { formatDuration } from '../../../core/duration.ts';
import type { RequestView, VoteView } from '../../views.ts';
import type { Block, Inline, Section, Tone } from './blocks.ts';
import type { IncidentReport } from './report.ts';
import { moment, nameOf, none } from './words.ts';

export function peopleSection({ people }: IncidentReport): Section {
  return {
    id: 'people',
    title: 'People',
    blocks: [
      people.length === 0
        ? none('Nobody yet.')
        : {
            kind: 'table',
            caption: 'People and what they did',
            columns: [{ label: 'Who' }, { label: 'Address' }, { label: 'What they did' }],
            rows: people.map(({ person, roles }) => [[person.name], [person.email], [roles.join(', ')]]),
          },
    ],
  };
}

const STATE_TONES: Readonly<Record<RequestView['state'], Tone | null>> = {
  approved: 'good',
  denied: 'bad',
  pending: 'warning',
  cancelled: null,
  expired: null,
};

export function approvalsSection(report: IncidentReport): Section {
  const { requests } = report;
  return {
    id: 'approvals',
    title: 'Approvals',
    blocks: [
      requests.length === 0
        ? none('Nothing was asked for.')
        : {
            kind: 'table',
            caption: 'Requests and who decided on them',
            columns: [
              { label: 'Request' },
              { label: 'Asked by' },
              { label: 'For' },
              { label: 'Because' },
              { label: 'Outcome' },
              { label: 'Decided by' },
              { label: 'Took', numeric: true },
              { label: 'Policy, and why' },
            ],
            rows: requests.map((request) => rowOf(report, request)),
          },
    ],
  };
}

function rowOf({ publicUrl }: IncidentReport, request: RequestView): Inline[][] {
  const { id, state, requester, beneficiary, role, resource, durationMs, reason, ticket, policy } = request;
  const { explanation, createdAt, decidedAt, votes, automatic, kind, closed } = request;
  const forWhom = beneficiary.id === requester.id ? '' : ` for ${beneficiary.name}`;
  const tone = kind === 'break-glass' ? 'warning' : STATE_TONES[state];
  const outcome = {
    text: kind === 'break-glass' ? 'taken without asking' : state,
    ...(tone === null ? {} : { tone }),
  };
  return [
    [{ text: id, href: `${publicUrl}/requests/${encodeURIComponent(id)}` }],
    [`${nameOf(requester)}, ${moment(createdAt)}`],
    [`${role} on ${resource} for ${formatDuration(durationMs)}${forWhom}`],
    [`${reason}${ticket === null ? '' : ` (${ticket})`}`],
    [outcome, closed === null ? '' : `: ${closed.because}`],
    [
      votes.length === 0
        ? automatic && state === 'approved'
          ? 'the policy'
          : 'nobody'
        : votes.map(votedWords).join('; '),
    ],
    [decidedAt === null ? '' : formatDuration(Math.max(0, decidedAt.getTime() - createdAt.getTime()))],
    [`${policy}: ${explanation}`],
  ];
}

function votedWords({ person, onBehalfOf, verdict, durationMs, note, steppedUp, at }: VoteView): string {
  const stead = onBehalfOf === null ? '' : ` in the place of ${onBehalfOf.name}`;
  const shorter = durationMs === null ? '' : ` for ${formatDuration(durationMs)}`;
  const fresh = steppedUp ? ', signed in afresh' : '';
  const words = note === null ? '' : `: ${note}`;
  const verb = verdict === 'approve' ? 'approved' : 'denied';
  return `${person.name} ${verb}${shorter}${stead} at ${at.toISOString().slice(11, 19)}${fresh}${words}`;
}

export function breakGlassSection({ breakGlass, publicUrl }: IncidentReport): Section | null {
  if (breakGlass.length === 0) return null;
  const blocks = breakGlass.map(({ request, review }): Block => {
    const said = (review?.votes ?? []).map(
      ({ person, verdict, note }) => `${person.name}: ${verdict}${note === null ? '' : `, ${note}`}`,
    );
    const verdict: Inline =
      review === null
        ? { text: 'There is no review of it.', tone: 'bad' }
        : {
            text: review.state === 'pending' ? 'Not reviewed yet.' : `Found ${review.state}.`,
            tone: review.state === 'justified' ? 'good' : 'bad',
          };
    return {
      kind: 'text',
      parts: [
        `${moment(request.createdAt)} ${nameOf(request.beneficiary)} took ${request.role} on ${request.resource} without asking, because: ${request.reason} (`,
        { text: request.id, href: `${publicUrl}/requests/${encodeURIComponent(request.id)}` },
        '). ',
        verdict,
        said.length === 0 ? '' : ` ${said.join('; ')}`,
      ],
    };
  });
  return { id: 'break-glass', title: 'Access that was taken in an emergency', blocks };
}
