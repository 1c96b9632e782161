/** Audit logs for tests, chained and signed as the chainer does it, without a database. */
import { formatLogLine, type LogLine } from '../../src/audit/log-line.ts';
import {
  CHAIN_START_SHA256,
  type EventFacts,
  eventSha256,
  type LoggedEvent,
} from '../../src/audit/logged-event.ts';
import { type HeadSigner, signedHead } from '../../src/audit/signed-head.ts';

export type SampleLogEvent = Pick<EventFacts, 'type' | 'subject' | 'data'> & Partial<EventFacts>;

const BEGINNING_MS = Date.parse('2026-11-21T10:00:00.000Z');
const BETWEEN_MS = 10_000;

/** An event each ten seconds; ids have gaps, as a rolled back transaction leaves them. */
export function chained(events: readonly SampleLogEvent[], before = CHAIN_START_SHA256): LoggedEvent[] {
  let previousSha256 = before;
  return events.map((event, index) => {
    const at = new Date(BEGINNING_MS + index * BETWEEN_MS).toISOString();
    const facts = { id: 3 * index + 1, at, actorId: null, ...event, sequence: index + 1, previousSha256 };
    const sha256 = eventSha256(facts);
    previousSha256 = sha256;
    return { ...facts, sha256 };
  });
}

/** The lines of its export: a head behind every so many events, and behind the last one. */
export function exportLines(events: readonly LoggedEvent[], signer: HeadSigner, every = 3): LogLine[] {
  return events.flatMap((event, index): LogLine[] => {
    const line: LogLine = { kind: 'event', event };
    if ((index + 1) % every !== 0 && index + 1 !== events.length) return [line];
    const at = new Date(Date.parse(event.at) + 900).toISOString();
    return [line, { kind: 'head', head: signedHead({ ...event, at }, signer) }];
  });
}

export function exportText(lines: readonly LogLine[]): Buffer {
  return Buffer.from(lines.map((line) => `${formatLogLine(line)}\n`).join(''));
}
