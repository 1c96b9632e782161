/** Events and jobs that a transaction leaves for its end. */
import { expect, test, vi } from 'vitest';
import { askForJob, recordEvent } from '../../../src/access/record.ts';
import type { Database } from '../../../src/store/open-store.ts';
import { useTestStore } from '../../support/store.ts';

const store = useTestStore();
const at = new Date('2026-11-22T10:00:00.123Z');

const event = (db: Database, subject: string): Promise<void> =>
  recordEvent(db, {
    at,
    type: 'request.created',
    actorId: null,
    subject,
    data: { text: `it's "${subject}"?` },
  });
const job = (db: Database, requestId: string): Promise<void> =>
  askForJob(db, { job: 'expire-request', payload: { requestId } }, { now: at });

const events = (subject: string): Promise<{ subject: string; at: string; data: object }[]> =>
  store.current
    .read()
    .execute('select subject, at, data from event where subject like ? order by id', [`${subject}%`]);
const jobs = (): Promise<{ payload: { requestId: string } }[]> =>
  store.current.read().execute('select payload from outbox order by id');

test('are there after the commit, in the order they were told, and not before', async () => {
  await store.current.transaction(async (db) => {
    await event(db, 'kept-1');
    await job(db, 'r-1');
    await event(db, 'kept-2');
    await job(db, 'r-2');
    expect(await db.execute(`select from event where subject like 'kept%'`)).toEqual([]);
  });
  const kept = await events('kept');
  expect(kept.map(({ subject }) => subject)).toEqual(['kept-1', 'kept-2']);
  expect(kept[0]?.data).toEqual({ text: `it's "kept-1"?` });
  expect(new Date(kept[0]?.at ?? '')).toEqual(at);
  expect((await jobs()).map(({ payload }) => payload.requestId)).toEqual(['r-1', 'r-2']);
});

test('are not there when the transaction fails, in its work or at its end', async () => {
  const failing = store.current.transaction(async (db) => {
    await event(db, 'undone-1');
    throw new Error('changed my mind');
  });
  await expect(failing).rejects.toThrow('changed my mind');
  const refused = store.current.transaction(async (db) => {
    await event(db, 'undone-2');
    // What the database does not take is refused at the end, and takes the rest along.
    await event(db, 'undone-\u0000');
  });
  await expect(refused).rejects.toThrow();
  expect(await events('undone')).toEqual([]);
});

test('outside of a transaction are written at once', async () => {
  await event(store.current.read(), 'alone');
  expect(await events('alone')).toHaveLength(1);
});

test('are told of once, however many jobs there are', async () => {
  const onHint = vi.fn();
  const subscription = await store.current.listen('sallyport_outbox', onHint);
  onHint.mockClear();
  await store.current.transaction(async (db) => {
    for (let serial = 0; serial < 5; serial += 1) await job(db, `r-told-${serial}`);
  });
  await vi.waitFor(() => expect(onHint).toHaveBeenCalledTimes(1));
  await subscription.close();
});
