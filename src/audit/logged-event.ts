/**
 * An event in its place in the audit log, as everybody outside of the store sees it, and its hash. docs/audit-log.md,
 * "Events", is the specification.
 */
import { hash } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';

/** What the first event names as the hash of the one before. */
export const CHAIN_START_SHA256 = '0'.repeat(64);

const CONTEXT = 'sallyport audit event v1\0';

/** What an event says. */
export interface EventFacts {
  readonly id: number;
  /** ISO 8601 in UTC with milliseconds. */
  readonly at: string;
  readonly type: string;
  /** Null when the system itself acted. */
  readonly actorId: string | null;
  /** What it is about: the id of a request, grant, session … */
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Sequence numbers count from 1 without a gap. */
export interface EventPlace {
  readonly sequence: number;
  /** Hex. */
  readonly previousSha256: string;
}

export interface LoggedEvent extends EventFacts, EventPlace {
  /** Hex. */
  readonly sha256: string;
}

/** Hex SHA-256 over everything that the event says, its place and the hash of the one before. */
export function eventSha256(event: EventFacts & EventPlace): string {
  const { sequence, previousSha256, id, at, type, actorId, subject, data } = event;
  const said = canonicalJson({ sequence, previousSha256, id, at, type, actorId, subject, data });
  return hash('sha256', `${CONTEXT}${said}`, 'hex');
}
