/** Sends one event that nothing but this command has caused, past the log and its cursor. */

import { toOcsf } from '../../audit/ocsf/to-ocsf.ts';
import { openSink } from '../../audit/sinks/table.ts';
import { messageOf } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { AccessContext } from '../context.ts';
import { recordEvent } from '../record.ts';
import { openSettings } from './open-settings.ts';
import { sinkNamed } from './read-sinks.ts';
import { requireToSteer } from './steer-sinks.ts';

const UID_BYTES = 32;

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
  input: { readonly name: string; readonly by: Identity },
): Promise<SinkTest> {
  const { name, by } = input;
  await requireToSteer(context, { name, by, act: 'sink.tested' });
  const settings = sinkNamed(context, name);
  const at = context.clock.now();
  const beganMs = performance.now();
  const problem = await send(context, { settings, at, byId: by.id });
  const tookMs = Math.round(performance.now() - beganMs);
  await context.store.transaction((db) =>
    recordEvent(db, {
      at,
      type: 'sink.tested',
      actorId: by.id,
      subject: name,
      data: { delivered: problem === null, problem },
    }),
  );
  return { name, delivered: problem === null, tookMs, problem };
}

async function send(
  context: AccessContext,
  test: { readonly settings: ReturnType<typeof sinkNamed>; readonly at: Date; readonly byId: string },
): Promise<string | null> {
  const { settings, at, byId } = test;
  const uid = Buffer.from(context.random(UID_BYTES)).toString('hex');
  const event = {
    id: 0,
    at,
    type: 'sink.tested',
    actorId: byId,
    subject: settings.name,
    data: { test: true },
  };
  try {
    const sink = openSink(openSettings(context, settings), () => context.clock.now());
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
      sink.close();
    }
  } catch (error) {
    return messageOf(error);
  }
}
