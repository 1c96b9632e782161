/** Tests of sinks: asked for where people are, done where the log is sent from. */
import { SinkTestRow } from '../entities/sink.ts';
import type { Database } from '../open-store.ts';

/** Takes away those that were asked for before `forgetBefore`, too. */
export async function askForSinkTest(
  db: Database,
  test: {
    readonly id: string;
    readonly sink: string;
    readonly byId: string;
    readonly now: Date;
    readonly forgetBefore: Date;
  },
): Promise<void> {
  const { id, sink, byId, now, forgetBefore } = test;
  await db.nativeDelete(SinkTestRow, { askedAt: { $lt: forgetBefore } });
  await db.execute(`insert into sink_test (id, sink, asked_by_id, asked_at) values (?, ?, ?, ?)`, [
    id,
    sink,
    byId,
    now,
  ]);
}

export interface AskedSinkTest {
  readonly id: string;
  readonly sink: string;
  readonly byId: string;
  readonly askedAt: Date;
}

/** The tests that nobody has taken since `askedSince`: each is given to one process. */
export async function takeSinkTests(
  db: Database,
  take: { readonly now: Date; readonly askedSince: Date },
): Promise<readonly AskedSinkTest[]> {
  const taken = await db.execute<(Omit<AskedSinkTest, 'askedAt'> & { askedAt: string })[]>(
    `update sink_test set taken_at = ? where taken_at is null and asked_at >= ?
      returning id, sink, asked_by_id as "byId", asked_at as "askedAt"`,
    [take.now, take.askedSince],
  );
  return taken.map((test) => ({ ...test, askedAt: new Date(test.askedAt) }));
}

export async function noteSinkTest(
  db: Database,
  outcome: {
    readonly id: string;
    readonly problem: string | null;
    readonly tookMs: number;
    readonly now: Date;
  },
): Promise<void> {
  const { id, problem, tookMs, now } = outcome;
  await db.nativeUpdate(SinkTestRow, { id }, { problem, tookMs, doneAt: now });
}

export async function findSinkTest(
  db: Database,
  { id }: { readonly id: string },
): Promise<SinkTestRow | null> {
  return db.findOne(SinkTestRow, { id }, { disableIdentityMap: true });
}

/** Whoever takes it from now on gets nothing. @returns false when it was taken */
export async function withdrawSinkTest(db: Database, { id }: { readonly id: string }): Promise<boolean> {
  return (await db.nativeDelete(SinkTestRow, { id, takenAt: null })) === 1;
}
