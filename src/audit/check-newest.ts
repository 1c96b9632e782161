/** The deployment's own look at its log: not what convinces somebody else, but what tells of a change the same hour. */
import type { Store } from '../store/open-store.ts';
import { findLastAuditHead } from '../store/operations/audit-heads.ts';
import { findChainHead } from '../store/operations/events.ts';
import type { TrustedKey } from '../store/signing-chain.ts';
import { readLogPage } from './log-pages.ts';
import { type LogReport, LogWalk } from './log-walk.ts';

const PAGE_EVENTS = 500;

/**
 * Checks the newest events, the heads that cover them, and that the last head is of one of them.
 * @param options.events how many, at the most
 */
export async function checkNewestEvents(
  store: Store,
  options: { readonly key: TrustedKey; readonly events: number },
): Promise<LogReport> {
  return store.transaction(async (db) => {
    await db.execute('set transaction isolation level repeatable read');
    const witnessed = await findLastAuditHead(db);
    const walk = new LogWalk({ key: options.key, witnessed });
    const end = (await findChainHead(db))?.sequence ?? 0;
    for (let from = Math.max(1, end - options.events + 1); from <= end; ) {
      const { events, heads } = await readLogPage(db, { from, limit: PAGE_EVENTS });
      for (const event of events) {
        walk.event(event);
        for (const head of heads.filter(({ sequence }) => sequence === event.sequence)) walk.head(head);
      }
      from = (events.at(-1)?.sequence ?? end) + 1;
    }
    return walk.finish();
  });
}
