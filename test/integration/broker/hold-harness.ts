/** Approvers for the tests of held statements, and what they do. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type HoldBallot, voteOnHold } from '../../../src/access/decide-hold.ts';
import { readHold } from '../../../src/access/read-holds.ts';
import type { HoldView } from '../../../src/access/views.ts';
import type { RecordingEvent } from '../../../src/recording/events.ts';
import type { BrokerHarness, Connection } from './broker-harness.ts';

/** Of any protocol. */
type AnyBroker = Pick<BrokerHarness, 'access'>;
type AnyConnection = Pick<Connection, 'username'>;

const PATIENCE_MS = 15_000;
const POLL_MS = 25;

/** A rule for statements that create, alter, drop or truncate, and one for deletes from `orders`. */
export const REVIEW_RULES = `
  - name: destructive-ddl
    on: { kind: postgres }
    match: { effects: [drop, truncate, maintenance] }
    action: review
    approval: { from: [{ group: dba, count: 1 }], within: 5m }
  - name: deletes-of-orders
    on: { kind: postgres }
    match: { effects: [delete], relations: [orders] }
    action: review
    message: Orders are deleted by two.
    approval: { from: [{ group: dba, count: 1 }], within: 5m }
  - name: hasty
    on: { kind: postgres }
    match: { effects: [alter] }
    action: review
    approval: { from: [{ group: dba, count: 1 }], within: 1s }`;

/** @param options.state only those that are so now */
export async function holdsOf(
  broker: AnyBroker,
  { username }: AnyConnection,
  { state = null }: { state?: HoldView['state'] | null } = {},
): Promise<HoldView[]> {
  const rows = await broker.access.store
    .read()
    .execute<{ id: string }[]>(
      'select hold.id from hold join session on session.id = hold.session_id where session.grant_id = ? and (?::text is null or hold.state = ?) order by hold.created_at',
      [username, state, state],
    );
  return Promise.all(rows.map(({ id }) => readHold(broker.access.context, { id, viewer: null })));
}

/** Waits until the newest of the connection's so many holds is in this state. */
export async function heldBy(
  broker: AnyBroker,
  connection: AnyConnection,
  { count = 1, state = 'held' }: { count?: number; state?: HoldView['state'] } = {},
): Promise<HoldView> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const holds = await holdsOf(broker, connection);
    const newest = holds[count - 1];
    if (newest?.state === state && holds.length === count) return newest;
    if (waitedMs > PATIENCE_MS) throw new Error(`holds: ${holds.map((hold) => hold.state).join(', ')}`);
    await sleep(POLL_MS);
  }
}

/** Dana, of the group that is asked, votes. */
export async function decide(
  broker: AnyBroker,
  hold: HoldView,
  changes: Partial<Pick<HoldBallot, 'verdict' | 'scope' | 'note'>> = {},
): Promise<HoldView> {
  const voter = await broker.access.person('dana', ['dba']);
  return voteOnHold(broker.access.context, {
    holdId: hold.id,
    voter,
    verdict: 'approve',
    scope: 'once',
    note: null,
    textSha256: hold.textSha256,
    platform: 'web',
    ...changes,
  });
}

/** Waits for the connection's statement to be held, and approves it. */
export async function approveNext(
  broker: AnyBroker,
  connection: AnyConnection,
  count = 1,
): Promise<HoldView> {
  return decide(broker, await heldBy(broker, connection, { count }));
}

/** What a recording says of each statement, in order: its verdict, its hold, its outcome. */
export function holdsIn(events: readonly RecordingEvent[]): string[] {
  return events
    .flatMap((event) => {
      if (event.type === 'hold') return [{ of: event.statement, what: event.state as string }];
      if (event.type === 'statement') return [{ of: event.statement, what: event.verdict.action as string }];
      return event.type === 'outcome' ? [{ of: event.statement, what: event.error?.sqlState ?? 'done' }] : [];
    })
    .toSorted((left, right) => left.of - right.of)
    .map(({ of, what }) => `${of} ${what}`);
}
