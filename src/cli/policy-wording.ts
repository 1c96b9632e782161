/** How changes of the policy, and what they would change, read on the terminal. */
import type { ImpactGroup, PolicyImpact, SimulatedChange, SimulatedCount } from '../core/policy-impact.ts';
import { visibleText } from '../core/visible-text.ts';
import type { PolicyChangeAnswer } from '../web/schemas/policy.ts';
import { type Column, renderFields, renderTable } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { describeSeat, distanceOf, indented, timeOf } from './wording.ts';

const STATE_STYLES: Readonly<Record<PolicyChangeAnswer['state'], Style>> = {
  pending: 'yellow',
  applied: 'green',
  denied: 'red',
  cancelled: 'dim',
  expired: 'dim',
  superseded: 'dim',
};

export const POLICY_CHANGE_COLUMNS: readonly Column<PolicyChangeAnswer>[] = [
  { title: 'ID', value: (change) => change.id },
  { title: 'STATE', value: stateInWords },
  { title: 'VERSION', value: (change) => change.version },
  { title: 'WHO', value: whoInWords },
  { title: 'PROPOSED', value: (change) => timeOf(change.createdAt) },
  { title: 'COMMENT', value: (change) => change.comment ?? '' },
];

export function describePolicyChange(terminal: Terminal, change: PolicyChangeAnswer, now: Date): string {
  const facts = renderFields(terminal, [
    { name: 'Policy change', value: change.id },
    { name: 'State', value: stateInWords(change), style: STATE_STYLES[change.state] },
    { name: 'Who', value: whoInWords(change) },
    { name: 'Comment', value: change.comment },
    { name: 'Version', value: `${change.version}, after ${change.baseVersion}` },
    { name: 'Needs', value: change.seats.length === 0 ? null : change.seats.map(describeSeat).join('\n') },
    { name: 'Votes', value: change.votes.length === 0 ? null : change.votes.map(describeVote).join('\n') },
    {
      name: 'Lapses',
      value:
        change.state === 'pending'
          ? `${timeOf(change.lapsesAt)} (${distanceOf(change.lapsesAt, now)})`
          : null,
    },
  ]);
  const parts = [facts, indented(visibleText(change.difference.trimEnd()))];
  if (change.impact !== null) parts.push(describeImpact(terminal, change.impact));
  return parts.join('\n\n');
}

function stateInWords({ state, inForce }: PolicyChangeAnswer): string {
  return state === 'applied' && inForce ? 'in force' : state;
}

function whoInWords({ proposer }: PolicyChangeAnswer): string {
  return proposer === null ? "a server's file" : proposer.name;
}

function describeVote({ person, onBehalfOf, verdict, note }: PolicyChangeAnswer['votes'][number]): string {
  const inPlace = onBehalfOf === null ? '' : ` for ${onBehalfOf.name}`;
  return `${person.name}${inPlace} ${verdict === 'approve' ? 'approved' : 'denied'}${note === null ? '' : `: ${note}`}`;
}

const GROUP_COLUMNS: readonly Column<ImpactGroup>[] = [
  { title: 'COUNT', value: ({ count }) => String(count) },
  { title: 'WHAT', value: ({ subject }) => subject },
  { title: 'FROM', value: ({ from }) => from },
  { title: 'TO', value: ({ to }) => to },
  { title: 'BECAUSE', value: ({ because }) => because },
  { title: 'SUCH AS', value: ({ example }) => example },
];

export function describeImpact(terminal: Terminal, impact: PolicyImpact): string {
  const counts = renderFields(terminal, [
    { name: 'Requests', value: countInWords(impact.requests) },
    { name: 'Statements', value: countInWords(impact.statements) },
    { name: 'Not told', value: impact.notes.length === 0 ? null : impact.notes.join('\n') },
  ]);
  return impact.groups.length === 0
    ? counts
    : `${counts}\n\n${renderTable(terminal, impact.groups, GROUP_COLUMNS)}`;
}

function countInWords({ compared, changed, skipped }: SimulatedCount): string {
  const rest = skipped === 0 ? '' : `; ${skipped} could not be looked at`;
  return `${changed} of ${compared} would be decided differently${rest}`;
}

/** One line for a decision that would change. */
export function describeSimulatedChange(change: SimulatedChange): string {
  const { at, resource, role, from, to, because } = change;
  const decision = `${from} -> ${to} (${because})`;
  return change.subject === 'request'
    ? `${timeOf(new Date(at))}  ${change.requestId}  ${change.holder}, ${resource} as ${role}: ${decision}`
    : `${timeOf(new Date(at))}  ${change.sessionId} #${change.statement}  ${resource} as ${role}: ${decision}  ${visibleText(change.text)}`;
}
