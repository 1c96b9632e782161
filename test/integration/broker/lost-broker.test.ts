/** A broker that is taken for lost while it lives: what it ran is in a recording that verifies. */
import { expect, test } from 'vitest';
import type { AccessContext } from '../../../src/access/context.ts';
import { readSession } from '../../../src/access/read-access.ts';
import { endLostSessions, sealLeftRecordings } from '../../../src/access/run-session.ts';
import type { SessionView } from '../../../src/access/views.ts';
import { recordingPath } from '../../../src/recording/layout.ts';
import { verifyRecording } from '../../../src/recording/verify.ts';
import { type Connection, useBroker } from './broker-harness.ts';

let away = false;

/** The store of the broker, which a test can take away and bring back. */
const losable = (context: AccessContext): AccessContext => ({
  ...context,
  store: new Proxy(context.store, {
    get: (store, key) => {
      if (away && (key === 'read' || key === 'transaction')) {
        return () => {
          throw new Error('the store is away');
        };
      }
      const value: unknown = Reflect.get(store, key);
      return typeof value === 'function' ? value.bind(store) : value;
    },
  }),
});

const broker = useBroker({ wrapContext: losable });

interface Marks {
  /** Resolves when more than so many statements were answered. */
  answered(count: number): Promise<void>;
  /** Resolves when the connection is gone. */
  readonly ended: Promise<void>;
}

/** Writes one row after the other; what is refused for a while is tried again. */
async function writeMarks(connection: Connection, name: string): Promise<Marks> {
  const client = await broker.current.client(connection);
  let done = 0;
  let over = false;
  const write = async (): Promise<void> => {
    for (let serial = 1; !over; serial += 1) {
      const text = `insert into orders (customer_id, item, status, total) values (1, '${name}-${serial}', 'open', 1)`;
      await client.query(text).catch((error: { code?: string }) => {
        over = error.code !== '57P03';
      });
      done += 1;
    }
  };
  return {
    ended: write(),
    answered: async (count) => expect.poll(() => done, { timeout: 15_000 }).toBeGreaterThan(count),
  };
}

/** As if the broker had been silent for long enough; a report of it can come between the two. */
async function sweep(): Promise<void> {
  const { access, broker: running } = broker.current;
  let steppedMs = 0;
  for (let lost = 0; lost === 0; ) {
    access.clock.stepMs(11_000);
    steppedMs += 11_000;
    lost = await endLostSessions(access.context, { recovery: running });
  }
  access.clock.stepMs(-steppedMs);
}

/** Once its head is noted; recovery leaves a recording alone that is written to just then, and comes again. */
async function sealedSession(id: string): Promise<SessionView> {
  const { access, broker: running } = broker.current;
  await expect
    .poll(
      async () => {
        access.clock.stepMs(60_000);
        await sealLeftRecordings(access.context, { recovery: running });
        access.clock.stepMs(-60_000);
        return (await readSession(access.context, { id, viewer: null })).recordingHead;
      },
      { timeout: 15_000 },
    )
    .not.toBeNull();
  return readSession(access.context, { id, viewer: null });
}

/** What the target executed is in the recording, which verifies and whose head was noted. */
async function expectWholeRecording(session: SessionView, name: string): Promise<void> {
  const { directory, keys, shop } = broker.current;
  const path = recordingPath(directory, session.id);
  const verification = await verifyRecording({ path, publicKeyPem: keys.publicKeyPem });
  expect(verification).toMatchObject({ ok: true, problems: [], headHex: session.recordingHead });
  const recorded = new Set<string>();
  for (const event of await broker.current.events(session.id)) {
    if (event.type === 'statement' && event.verdict.action === 'allow')
      recorded.add(/'([^']+)', 'open'/.exec(event.text)?.[1] ?? '');
  }
  const rows = await shop.query<{ item: string }>('select item from orders where item like $1', [
    `${name}-%`,
  ]);
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.filter(({ item }) => !recorded.has(item))).toEqual([]);
}

test('a broker that could not report in time ends its session itself', async () => {
  const connection = await broker.current.connection('write');
  const marks = await writeMarks(connection, 'slow');
  await marks.answered(20);
  await sweep();
  await marks.ended;
  const session = await broker.current.endedSession(connection.username);
  expect(session.endReason).toBe('broker-lost');
  expect(session.counts.commands).toBeGreaterThan(20);
  await expectWholeRecording(session, 'slow');
});

test('a broker that cannot reach the store runs nothing behind the seal, and writes nothing there', async () => {
  const connection = await broker.current.connection('write');
  const marks = await writeMarks(connection, 'apart');
  await marks.answered(20);
  try {
    away = true;
    await sweep();
  } finally {
    away = false;
  }
  await marks.ended;
  const { endReason, id } = await broker.current.endedSession(connection.username);
  expect(endReason).toBe('broker-lost');
  await expectWholeRecording(await sealedSession(id), 'apart');
});
