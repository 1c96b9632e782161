/** Words that several sections of a report share. */
import type { PartyView } from '../../views.ts';
import type { Block, Inline } from './blocks.ts';
import type { IncidentReport } from './report.ts';

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const STEP = 1_024;

/** `2026-11-22 14:03:21 UTC`. */
export function moment(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export function nameOf({ name, email }: PartyView): string {
  return email === '' ? name : `${name} (${email})`;
}

export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= STEP && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Where a session, or one of its statements, is shown: to those who sign in and may see it. */
export function sessionLink(
  { publicUrl }: Pick<IncidentReport, 'publicUrl'>,
  sessionId: string,
  statement: number | null = null,
): Inline {
  const place = statement === null ? '' : `#s-${statement}`;
  return {
    text: `${sessionId}${place}`,
    href: `${publicUrl}/sessions/${encodeURIComponent(sessionId)}${place}`,
  };
}

export function none(text: string): Block {
  return { kind: 'text', parts: [text] };
}
