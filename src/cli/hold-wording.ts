/** How a held command reads on the terminal: whole, with what would hide written out. */
import { isHostContext } from '../core/hold.ts';
import { parametersInLines, variablesInLines, visibleText } from '../core/visible-text.ts';
import type { HoldAnswer } from '../web/schemas/holds.ts';
import { type Column, renderFields } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { describeSeat, distanceOf, indented, timeOf } from './wording.ts';

const STATE_STYLES: Readonly<Record<HoldAnswer['state'], Style>> = {
  held: 'yellow',
  approved: 'green',
  denied: 'red',
  expired: 'dim',
  withdrawn: 'dim',
};

export const HOLD_COLUMNS: readonly Column<HoldAnswer>[] = [
  { title: 'ID', value: (hold) => hold.id },
  { title: 'STATE', value: (hold) => hold.state },
  { title: 'WHO', value: (hold) => hold.holder.name },
  { title: 'RESOURCE', value: (hold) => hold.resource },
  { title: 'RULE', value: (hold) => hold.rule },
  { title: 'LAPSES', value: (hold) => timeOf(hold.expiresAt) },
  { title: 'COMMAND', value: (hold) => visibleText(hold.text) },
];

export function describeHold(terminal: Terminal, hold: HoldAnswer, now: Date): string {
  const { context } = hold;
  const facts = renderFields(terminal, [
    { name: 'Held', value: hold.id },
    { name: 'State', value: stateInWords(hold), style: STATE_STYLES[hold.state] },
    { name: 'Who', value: `${hold.holder.name} <${hold.holder.email}>` },
    { name: 'Resource', value: `${hold.resource} (${hold.resourceKind}) as ${hold.role}` },
    ...contextFields(context),
    { name: 'Effects', value: hold.effects.join(', ') },
    { name: 'Touches', value: hold.relations.length === 0 ? null : hold.relations.join(', ') },
    { name: 'Rule', value: `${hold.rule}: ${hold.reason}` },
    { name: 'Needs', value: hold.seats.map(describeSeat).join('\n') },
    { name: 'Votes', value: hold.votes.length === 0 ? null : hold.votes.map(describeVote).join('\n') },
    {
      name: 'Lapses',
      value: hold.state === 'held' ? `${timeOf(hold.expiresAt)} (${distanceOf(hold.expiresAt, now)})` : null,
    },
    {
      name: 'Session',
      value: `${hold.sessionId}, ${isHostContext(context) ? 'command' : 'statement'} ${hold.statement}`,
    },
    { name: 'SHA-256', value: hold.textSha256 },
  ]);
  const parts = [facts, indented(visibleText(hold.text))];
  if (hold.parameters.length > 0) parts.push(indented(parametersInLines(hold.parameters)));
  return parts.join('\n\n');
}

function contextFields(context: HoldAnswer['context']): Parameters<typeof renderFields>[1] {
  if (!isHostContext(context)) {
    return [
      { name: 'Runs as', value: `${context.account} in ${context.database}` },
      { name: 'Search path', value: context.searchPath },
    ];
  }
  const { account, directory, environment, stdin } = context;
  return [
    { name: 'Runs as', value: account },
    { name: 'Directory', value: visibleText(directory) },
    { name: 'Variables', value: environment.length === 0 ? null : variablesInLines(environment) },
    { name: 'Reads', value: stdin },
  ];
}

function stateInWords({ state, scope, note }: HoldAnswer): string {
  const range = scope === 'session' ? ' for this session' : '';
  return `${state}${range}${note === null ? '' : `: ${note}`}`;
}

function describeVote(vote: HoldAnswer['votes'][number]): string {
  const approved = vote.scope === 'session' ? 'approved for this session' : 'approved once';
  const note = vote.note === null ? '' : `: ${vote.note}`;
  return `${vote.person.name} ${vote.verdict === 'approve' ? approved : 'denied'}${note}`;
}
