/** What a client reads while its statement waits for people. */
import type { HoldView } from '../../access/views.ts';
import { encodeReport } from './codec/report.ts';

/** successful_completion: what PostgreSQL gives notices that warn of nothing. */
const NO_WARNING = '00000';

/** Says which hold it is, who is asked, and how long it may take. */
export function holdNotice({ id, rule, reason, seats, expiresAt }: HoldView): Buffer {
  const asked = seats.map(({ name, count }) => `${count} of ${name}`).join(' and ');
  return encodeNotice([
    ['M', `This statement waits for approval: ${id}`],
    ['D', `${reason} Rule: ${rule}. Asked: ${asked}, until ${expiresAt.toISOString()}.`],
    ['H', 'Cancel it (Ctrl-C in psql) to withdraw it. Other connections are not affected.'],
  ]);
}

export function approvalNotice({ id, votes }: HoldView): Buffer {
  const names = votes.filter(({ verdict }) => verdict === 'approve').map(({ person }) => person.name);
  return encodeNotice([['M', `${id} was approved by ${names.join(' and ')}`]]);
}

function encodeNotice(fields: readonly (readonly [string, string])[]): Buffer {
  const severity = [['S', 'NOTICE'] as const, ['V', 'NOTICE'] as const, ['C', NO_WARNING] as const];
  return encodeReport('notice', [...severity, ...fields]);
}
