/** The part of the audit log that is about an incident: what is in it, and whether it is as it was written. */
import { readLogPage } from '../../../audit/log-pages.ts';
import { LogWalk } from '../../../audit/log-walk.ts';
import type { Database } from '../../../store/open-store.ts';
import { findSequenceSignedFrom, findSequenceSignedUpTo } from '../../../store/operations/audit-heads.ts';
import { findChainHead } from '../../../store/operations/events.ts';
import { countEventsAbout } from '../../../store/operations/incident-work.ts';
import type { TrustedKey } from '../../../store/signing-chain.ts';
import type { AccessContext } from '../../context.ts';

export interface LogFinding {
  /** Events about the incident, of each type. */
  readonly types: readonly { readonly type: string; readonly count: number }[];
  readonly events: number;
  /** Written, and not in their place of the sequence yet. */
  readonly waiting: number;
  /** Null when nothing could be checked: `whyNot` says why. */
  readonly checked: {
    /** Sequences, both included. */
    readonly from: number;
    readonly to: number;
    readonly ok: boolean;
    readonly headSequence: number | null;
    readonly headSha256: string | null;
    readonly signedThrough: number | null;
    readonly problems: readonly string[];
  } | null;
  readonly whyNot: string | null;
}

const PAGE_EVENTS = 500;
const EVENTS_MAX = 50_000;
const PROBLEMS_MAX = 20;
/** A chainer signs at least once a minute while events arrive. */
const UNSIGNED_MS_MAX = 120_000;

/**
 * Everything from the first event about these things to the last, and on to the next signed head.
 * @param input.key null where no key is known: nothing is checked
 */
export async function checkLogPart(
  context: AccessContext,
  input: {
    readonly subjects: readonly string[];
    readonly key: TrustedKey | null;
    readonly signal: AbortSignal;
  },
): Promise<LogFinding> {
  const { subjects, key, signal } = input;
  const { types, first, last, waiting } = await countEventsAbout(context.store.read(), { subjects });
  const counted = { types, events: types.reduce((sum, { count }) => sum + count, 0), waiting };
  const not = (whyNot: string): LogFinding => ({ ...counted, checked: null, whyNot });
  if (key === null) return not('The key that signs it is not known here.');
  if (first === null || last === null) return not('None of its events has its place in the log yet.');
  if (signal.aborted) return not('There was no time left to check it.');
  return context.store.transaction(async (db) => {
    await db.execute('set transaction isolation level repeatable read');
    const from = (await findSequenceSignedUpTo(db, { sequence: first })) ?? first;
    const end =
      (await findSequenceSignedFrom(db, { sequence: last })) ?? (await findChainHead(db))?.sequence ?? last;
    if (end - from >= EVENTS_MAX)
      return not(
        `It spans ${end - from + 1} events of the log, more than a report checks: use the command below.`,
      );
    const checked = await walk(db, { from, to: end, key, signal, now: context.clock.now() });
    return checked === null
      ? not('There was no time left to check it.')
      : { ...counted, checked, whyNot: null };
  });
}

/** @returns null when there was no time */
async function walk(
  db: Database,
  of: {
    readonly from: number;
    readonly to: number;
    readonly key: TrustedKey;
    readonly signal: AbortSignal;
    readonly now: Date;
  },
): Promise<LogFinding['checked']> {
  const { from, to, key, signal, now } = of;
  const log = new LogWalk({ key });
  let newest: string | null = null;
  for (let next = from; next <= to; ) {
    if (signal.aborted) return null;
    const { events, heads } = await readLogPage(db, {
      from: next,
      limit: Math.min(PAGE_EVENTS, to - next + 1),
    });
    for (const event of events) {
      log.event(event);
      for (const head of heads.filter(({ sequence }) => sequence === event.sequence)) log.head(head);
    }
    newest = events.at(-1)?.at ?? newest;
    next = (events.at(-1)?.sequence ?? to) + 1;
  }
  const report = log.finish();
  const isYoung = newest !== null && now.getTime() - Date.parse(newest) < UNSIGNED_MS_MAX;
  // The newest events are signed within a minute: that they are not yet is in order.
  const problems = report.problems.filter(({ code }) => !(code === 'unsigned' && isYoung));
  return {
    from,
    to: report.last ?? to,
    ok: problems.length === 0,
    headSequence: report.last,
    headSha256: report.headSha256,
    signedThrough: report.signedThrough,
    problems: problems.slice(0, PROBLEMS_MAX).map(({ message }) => message),
  };
}
