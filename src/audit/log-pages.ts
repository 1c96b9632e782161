/** The stored log as everybody outside of the store sees it, a page at a time. */
import type { Database } from '../store/open-store.ts';
import { listAuditHeads } from '../store/operations/audit-heads.ts';
import { findEventSha256, listChainedEvents } from '../store/operations/events.ts';
import { loggedEvents } from './chain.ts';
import { headOf } from './heads.ts';
import { CHAIN_START_SHA256, type LoggedEvent } from './logged-event.ts';
import type { SignedHead } from './signed-head.ts';

/** A part of the log: events in sequence, and the heads of these events in order. */
export interface LogPage {
  readonly events: readonly LoggedEvent[];
  readonly heads: readonly SignedHead[];
}

/**
 * @param db a transaction that sees one state of the log: else an event could come without the head signed with it
 * @param options.from sequence of the first event; fewer than `limit` come only at the end of the log
 */
export async function readLogPage(
  db: Database,
  options: { readonly from: number; readonly limit: number },
): Promise<LogPage> {
  const { from, limit } = options;
  const before = from === 1 ? CHAIN_START_SHA256 : await findEventSha256(db, { sequence: from - 1 });
  const rows = await listChainedEvents(db, { from, limit });
  const events = loggedEvents(rows, before ?? CHAIN_START_SHA256);
  const last = events.at(-1);
  const heads = last === undefined ? [] : await listAuditHeads(db, { from, to: last.sequence });
  return { events, heads: heads.map(headOf) };
}
