/**
 * A test of a sink: one event that nothing but this has caused, past the log and its cursor. It is asked for where
 * people are, and sent by a process that sends the log (`send-tests.ts`): that one has the secrets and the way to the
 * receiver, and what it says of them is what matters.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Identity } from '../../core/identity.ts';
import type { SinkTestRow } from '../../store/entities/sink.ts';
import { askForSinkTest, findSinkTest, withdrawSinkTest } from '../../store/operations/sink-tests.ts';
import { type AccessContext, newId } from '../context.ts';
import { recordEvent } from '../record.ts';
import { sinkNamed } from './read-sinks.ts';
import { requireToSteer } from './steer-sinks.ts';

const TAKEN_WITHIN_MS = 10_000;
/** A receiver may be asked for two minutes whether it has indexed the event. */
const DONE_WITHIN_MS = 180_000;
const LOOK_MS = 100;
const FORGOTTEN_AFTER_MS = 3_600_000;

export interface SinkTest {
  readonly name: string;
  readonly delivered: boolean;
  readonly tookMs: number;
  /** Why it was not delivered; null when it was. */
  readonly problem: string | null;
}

/** @throws AppError `forbidden` unless the caller is an overseer, `not_found` */
export async function testSink(
  context: AccessContext,
  input: {
    readonly name: string;
    readonly by: Identity;
    /** For a process that sends to take it. */
    readonly takenWithinMs?: number;
  },
): Promise<SinkTest> {
  const { name, by, takenWithinMs = TAKEN_WITHIN_MS } = input;
  await requireToSteer(context, { name, by, act: 'sink.tested' });
  sinkNamed(context, name);
  const { store, clock } = context;
  const id = newId(context, 'st');
  const now = clock.now();
  const forgetBefore = new Date(now.getTime() - FORGOTTEN_AFTER_MS);
  await askForSinkTest(store.read(), { id, sink: name, byId: by.id, now, forgetBefore });
  const { problem, tookMs } = await outcomeOf(context, { id, takenWithinMs });
  await store.transaction((db) =>
    recordEvent(db, {
      at: clock.now(),
      type: 'sink.tested',
      actorId: by.id,
      subject: name,
      data: { delivered: problem === null, problem },
    }),
  );
  return { name, delivered: problem === null, tookMs, problem };
}

async function outcomeOf(
  { store }: AccessContext,
  test: { readonly id: string; readonly takenWithinMs: number },
): Promise<{ readonly problem: string | null; readonly tookMs: number }> {
  const beganMs = performance.now();
  for (;;) {
    const row = await findSinkTest(store.read(), test);
    if (row?.doneAt != null) return { problem: row.problem ?? null, tookMs: row.tookMs ?? 0 };
    const waitedMs = Math.round(performance.now() - beganMs);
    if (isTaken(row) && waitedMs > DONE_WITHIN_MS) {
      return { problem: 'the process that sends it has not said what came of it', tookMs: waitedMs };
    }
    if (!isTaken(row) && waitedMs > test.takenWithinMs && (await withdrawSinkTest(store.read(), test))) {
      return { problem: 'no process with the role jobs has taken it', tookMs: waitedMs };
    }
    await sleep(LOOK_MS);
  }
}

function isTaken(row: SinkTestRow | null): boolean {
  return row?.takenAt != null;
}
