/** Sends the tests of sinks that somebody has asked for, where the log is sent from. */
import { toOcsf } from '../../audit/ocsf/to-ocsf.ts';
import { openSink } from '../../audit/sinks/table.ts';
import { messageOf } from '../../core/errors.ts';
import { type AskedSinkTest, noteSinkTest, takeSinkTests } from '../../store/operations/sink-tests.ts';
import type { AccessContext } from '../context.ts';
import { openSettings } from './open-settings.ts';
import { sinkNamed } from './read-sinks.ts';

const UID_BYTES = 32;
/** Nobody waits any more for one that is older. */
const OLD_AFTER_MS = 60_000;

/** @returns those that are this process's to send from now on */
export async function takeTests({ store, clock }: AccessContext): Promise<readonly AskedSinkTest[]> {
  const now = clock.now();
  return takeSinkTests(store.read(), { now, askedSince: new Date(now.getTime() - OLD_AFTER_MS) });
}

/**
 * Whatever comes of it is written down, and nothing thrown but what the database says.
 * @param signal ends what is under way
 */
export async function sendTest(
  context: AccessContext,
  test: AskedSinkTest,
  signal: AbortSignal,
): Promise<void> {
  const beganMs = performance.now();
  const problem = await send(context, test, signal);
  const tookMs = Math.round(performance.now() - beganMs);
  await noteSinkTest(context.store.read(), { id: test.id, problem, tookMs, now: context.clock.now() });
}

async function send(
  context: AccessContext,
  test: AskedSinkTest,
  signal: AbortSignal,
): Promise<string | null> {
  const { sink: name, byId, askedAt: at } = test;
  const uid = Buffer.from(context.random(UID_BYTES)).toString('hex');
  const event = { id: 0, at, type: 'sink.tested', actorId: byId, subject: name, data: { test: true } };
  try {
    const sink = openSink(openSettings(context, sinkNamed(context, name)), () => context.clock.now());
    const close = (): void => sink.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      const ocsf = toOcsf(
        { ...event, sequence: 1, sha256: uid },
        { subjects: new Map(), identities: new Map() },
      );
      const [refusal] = await sink.send([
        { sequence: 1, uid, at, type: event.type, subject: event.subject, ocsf },
      ]);
      return refusal?.reason ?? null;
    } finally {
      signal.removeEventListener('abort', close);
      close();
    }
  } catch (error) {
    return messageOf(error);
  }
}
