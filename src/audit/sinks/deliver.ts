/**
 * Delivers the chained log to one receiver: from its cursor on, in sequence, at least once, by one process at a time.
 *
 * The order that loses nothing: fix where the batch ends, send it, and only when the receiver has it move the cursor
 * behind it, in one transaction with what it would not take. Whoever dies in between leaves the same batch to the next.
 */
import { backOffMs } from '../../core/back-off.ts';
import { messageOf } from '../../core/errors.ts';
import type { EventRow } from '../../store/entities/event.ts';
import type { SinkRow } from '../../store/entities/sink.ts';
import type { Store } from '../../store/open-store.ts';
import { appendEvents } from '../../store/operations/append-event.ts';
import { readEventFacts } from '../../store/operations/event-facts.ts';
import { listChainedEvents } from '../../store/operations/events.ts';
import { keepSinkLetters, listSinkLetters, settleSinkLetters } from '../../store/operations/sink-letters.ts';
import {
  advanceSink,
  keepSinkLease,
  leaseSink,
  listEventsAt,
  noteSinkFailure,
  pauseSinkRow,
  releaseSink,
  type SinkLease,
  setSinkBatch,
} from '../../store/operations/sinks.ts';
import { toOcsf } from '../ocsf/to-ocsf.ts';
import { sendInParts } from './send-in-parts.ts';
import { type Outgoing, type Refusal, type Sink, SinkFault } from './sink.ts';

const FIRST_WAIT_MS = 1_000;
const WAIT_MS_MAX = 300_000;

/** A lease is renewed before every call; what is left then covers the call and what follows it. */
const LEASE_SLACK_MS = 20_000;
const REASON_CHARACTERS_MAX = 500;
/** Before the sink is open, so before it is known how long a call takes. */
const OPENING_LEASE_MS = 60_000;

export interface Delivery {
  readonly store: Store;
  readonly now: () => Date;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Names this process among replicas. */
  readonly holder: string;
  readonly sink: string;
  /** Opened at the first event; whoever opens it closes it. */
  readonly open: () => Sink;
  /** For so long at most, unless the log ends before. */
  readonly budgetMs: number;
  readonly signal: AbortSignal;
}

/**
 * @returns null when it was not ours to deliver; else how many events the receiver took, and why it stopped if it
 *   failed
 */
export async function deliver(
  delivery: Delivery,
): Promise<{ readonly sent: number; readonly problem: string | null } | null> {
  const { store, now, holder, sink: name, open, signal } = delivery;
  const lease: SinkLease = { name, holder };
  const row = await leaseSink(store.read(), { ...lease, now: now(), leaseMs: OPENING_LEASE_MS });
  if (row === null) return null;
  const progress = { sent: 0 };
  try {
    const sink = open();
    const turn: Turn = { delivery, lease, sink };
    await sendLettersAgain(turn);
    const endsAtMs = performance.now() + delivery.budgetMs;
    let from: Position = row;
    while (!signal.aborted && performance.now() < endsAtMs) {
      const step = await deliverBatch(turn, from);
      if (step === null) break;
      progress.sent += step.sent;
      from = step;
    }
    await releaseSink(store.read(), lease);
    return { sent: progress.sent, problem: null };
  } catch (error) {
    if (error instanceof LeaseLost) return { sent: progress.sent, problem: null };
    const problem = messageOf(error).slice(0, REASON_CHARACTERS_MAX);
    await noteFailure(delivery, { lease, error, problem, failures: progress.sent > 0 ? 0 : row.failures });
    return { sent: progress.sent, problem };
  }
}

interface Turn {
  readonly delivery: Delivery;
  readonly lease: SinkLease;
  readonly sink: Sink;
}

type Position = Pick<SinkRow, 'cursor' | 'batchTo' | 'refusedInRow'>;

/** Somebody else delivers now, or nobody: it was paused. */
class LeaseLost extends Error {}

/** @returns null at the end of the log */
async function deliverBatch(
  turn: Turn,
  from: Position,
): Promise<(Position & { readonly sent: number }) | null> {
  const { delivery, lease, sink } = turn;
  const { store, now } = delivery;
  const { cursor } = from;
  const left = from.batchTo == null ? sink.eventsMax : Math.min(sink.eventsMax, from.batchTo - cursor);
  const events = await listChainedEvents(store.read(), { from: cursor + 1, limit: left });
  const last = events.at(-1)?.sequence;
  if (last == null) return null;
  if (events[0]?.sequence !== cursor + 1 || last !== cursor + events.length) {
    throw new SinkFault(`the audit log has a gap after event ${cursor}`);
  }
  if (last !== from.batchTo && !(await setSinkBatch(store.read(), { ...lease, cursor, batchTo: last }))) {
    throw new LeaseLost();
  }
  const { refusals, refusedInRow } = await send(turn, {
    events: await outgoing(store, events),
    refusedInRow: from.refusedInRow,
  });
  const sent = events.length - refusals.length;
  await store.transaction(async (db) => {
    const step = { ...lease, cursor, to: last, sent, refusedInRow, now: now() };
    if (!(await advanceSink(db, step))) throw new LeaseLost();
    await keepSinkLetters(db, { sink: lease.name, refusals, now: now() });
  });
  return { cursor: last, batchTo: null, refusedInRow, sent };
}

/** What somebody wants to be sent once more, out of its order; one batch of it in a turn. */
async function sendLettersAgain(turn: Turn): Promise<void> {
  const { delivery, lease, sink } = turn;
  const { store, now } = delivery;
  const letters = await listSinkLetters(store.read(), {
    sink: lease.name,
    state: 'again',
    limit: sink.eventsMax,
  });
  if (letters.length === 0) return;
  const events = await listEventsAt(store.read(), { sequences: letters.map(({ sequence }) => sequence) });
  const { refusals } = await send(turn, { events: await outgoing(store, events), refusedInRow: 0 });
  const refused = new Set(refusals.map(({ sequence }) => sequence));
  const sequences = letters.map(({ sequence }) => sequence).filter((sequence) => !refused.has(sequence));
  await store.transaction(async (db) => {
    await settleSinkLetters(db, { sink: lease.name, sequences, now: now() });
    await keepSinkLetters(db, { sink: lease.name, refusals, now: now() });
  });
}

function send(
  { delivery, lease, sink }: Turn,
  batch: { readonly events: readonly Outgoing[]; readonly refusedInRow: number },
): Promise<{ readonly refusals: readonly Refusal[]; readonly refusedInRow: number }> {
  const { store, now } = delivery;
  const leaseMs = sink.sendMsMax + LEASE_SLACK_MS;
  return sendInParts(sink, {
    ...batch,
    beforeEach: async () => {
      if (!(await keepSinkLease(store.read(), { ...lease, now: now(), leaseMs }))) throw new LeaseLost();
    },
  });
}

async function outgoing(store: Store, events: readonly EventRow[]): Promise<readonly Outgoing[]> {
  const facts = await readEventFacts(store.read(), events);
  return events.flatMap((event) => {
    const { id, at, type, actorId = null, subject, data, sequence, sha256 } = event;
    if (sequence == null || sha256 == null) return [];
    const ocsf = toOcsf({ id, at, type, actorId, subject, data, sequence, sha256 }, facts);
    return [{ sequence, uid: sha256, at, type, subject, ocsf }];
  });
}

async function noteFailure(
  { store, now, random }: Delivery,
  failure: {
    readonly lease: SinkLease;
    readonly error: unknown;
    readonly problem: string;
    readonly failures: number;
  },
): Promise<void> {
  const { lease, error, problem, failures } = failure;
  const fault = error instanceof SinkFault ? error : null;
  const at = now();
  const waitMs = Math.max(
    backOffMs({ failures, firstMs: FIRST_WAIT_MS, maxMs: WAIT_MS_MAX, random: random() }),
    fault?.retryAfterMs ?? 0,
  );
  await store.transaction(async (db) => {
    const nextAttemptAt = new Date(at.getTime() + waitMs);
    await noteSinkFailure(db, { ...lease, reason: problem, now: at, nextAttemptAt });
    if (fault?.gone !== true) return;
    await pauseSinkRow(db, { name: lease.name, byId: null, because: problem, now: at });
    const data = { because: problem };
    await appendEvents(db, [{ at, type: 'sink.paused', actorId: null, subject: lease.name, data }]);
  });
}
