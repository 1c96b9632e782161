/** How jobs that gave up read on the terminal. */
import type { DeadLetterAnswer } from '../web/schemas/jobs.ts';
import { type Column, renderFields } from './table.ts';
import type { Terminal } from './terminal.ts';
import { timeOf } from './wording.ts';

export const JOB_COLUMNS: readonly Column<DeadLetterAnswer>[] = [
  { title: 'ID', value: (job) => job.id },
  { title: 'JOB', value: (job) => job.job },
  { title: 'ABOUT', value: subjectOf },
  { title: 'STATE', value: (job) => job.state },
  { title: 'TRIED', value: (job) => String(job.attempts), align: 'right' },
  { title: 'FAILED', value: (job) => timeOf(job.failedAt) },
  { title: 'REASON', value: (job) => job.reason },
];

export function describeJob(terminal: Pick<Terminal, 'style'>, job: DeadLetterAnswer): string {
  const decided = job.decidedAt === null ? null : `${timeOf(job.decidedAt)}${byOf(job)}`;
  return renderFields(terminal, [
    { name: 'Job', value: `${job.id}: ${job.job}` },
    { name: 'About', value: subjectOf(job) },
    { name: 'State', value: job.state },
    { name: 'Asked', value: timeOf(job.askedAt) },
    { name: 'Failed', value: `${timeOf(job.failedAt)}, after ${job.attempts} attempts` },
    { name: 'Reason', value: job.reason },
    { name: 'Settled', value: decided },
  ]);
}

function subjectOf({ payload }: DeadLetterAnswer): string {
  return Object.values(payload).join(' ');
}

function byOf({ decidedBy }: DeadLetterAnswer): string {
  return decidedBy === null ? '' : ` by ${decidedBy.name}`;
}
