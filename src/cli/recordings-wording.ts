/** How holds on recordings read on the terminal. */
import type { RecordingHoldAnswer } from '../web/schemas/recordings.ts';
import { type Column, renderFields } from './table.ts';
import type { Terminal } from './terminal.ts';
import { timeOf } from './wording.ts';

export const RECORDING_HOLD_COLUMNS: readonly Column<RecordingHoldAnswer>[] = [
  { title: 'ID', value: (hold) => hold.id },
  { title: 'KEEPS', value: subjectOf },
  { title: 'SINCE', value: (hold) => timeOf(hold.placedAt) },
  { title: 'BY', value: (hold) => hold.placedBy.name },
  { title: 'RELEASED', value: (hold) => (hold.releasedAt === null ? '' : timeOf(hold.releasedAt)) },
  { title: 'BECAUSE', value: (hold) => hold.because },
];

export function describeRecordingHold(terminal: Pick<Terminal, 'style'>, hold: RecordingHoldAnswer): string {
  return renderFields(terminal, [
    { name: 'Hold', value: hold.id },
    { name: 'Keeps', value: subjectOf(hold) },
    { name: 'Because', value: hold.because },
    { name: 'Placed', value: `${timeOf(hold.placedAt)} by ${hold.placedBy.name}` },
    { name: 'Released', value: releaseOf(hold) },
  ]);
}

function subjectOf({ sessionId, incident }: RecordingHoldAnswer): string {
  return sessionId === null ? `incident ${incident}` : `session ${sessionId}`;
}

function releaseOf({ releasedAt, releasedBy, releasedBecause }: RecordingHoldAnswer): string | null {
  return releasedAt === null ? null : `${timeOf(releasedAt)} by ${releasedBy?.name}: ${releasedBecause}`;
}
