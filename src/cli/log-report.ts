/** What a check of the audit log found, in words. */
import { InvalidArgumentError } from 'commander';
import type { LogReport, WitnessedHead } from '../audit/log-walk.ts';
import { printableLine } from './printable.ts';
import type { Terminal } from './terminal.ts';

const HEAD = /^([1-9]\d{0,14}):([0-9a-f]{64})$/;

/** Parser of an option that is a head as the message in chat shows it: `SEQUENCE:HASH`. */
export function parseHeadOption(text: string): WitnessedHead {
  const [, sequence, sha256] = HEAD.exec(text.trim()) ?? [];
  if (sequence !== undefined && sha256 !== undefined) return { sequence: Number(sequence), sha256 };
  throw new InvalidArgumentError('It is SEQUENCE:HASH, with 64 hexadecimal digits, as the message shows it.');
}

/** One line that says how it is, then one for each problem. */
export function describeLog(terminal: Terminal, report: LogReport, name: string): string {
  const mark = report.ok ? terminal.style('green', 'ok') : terminal.style('red', 'FAILED');
  const lines = [`${mark}  ${name}  ${extentOf(report)}`, `    ${signedOf(report)}`];
  for (const { code, message, sequence, byte } of report.problems) {
    lines.push(`    ${placeOf(sequence, byte)}${code}: ${message}`);
  }
  if (report.problemsOmitted > 0) lines.push(`    and ${report.problemsOmitted} more`);
  return lines.map(printableLine).join('\n');
}

function extentOf({ first, last, events, headSha256 }: LogReport): string {
  if (first === null || last === null) return 'no events';
  const part = first === 1 ? '' : ` (a part of the log, which begins with event ${first})`;
  return `${events} events${part}, head ${last}:${headSha256}`;
}

function signedOf({ heads, signedThrough, signedAt, unsignedEvents }: LogReport): string {
  if (signedThrough === null) return 'no signed heads';
  const rest = unsignedEvents === 0 ? '' : `; ${unsignedEvents} newer events are not signed yet`;
  return `${heads} signed heads, the last at ${signedAt} up to event ${signedThrough}${rest}`;
}

function placeOf(sequence: number | null, byte: number | null): string {
  const parts = [
    ...(sequence === null ? [] : [`event ${sequence}`]),
    ...(byte === null ? [] : [`byte ${byte}`]),
  ];
  return parts.length === 0 ? '' : `${parts.join(', ')}: `;
}
