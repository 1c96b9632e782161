/** What an overseer does about a sink: hold it, let it go on, have what it refused sent again. */
import { AppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { Database } from '../../store/open-store.ts';
import { askForSinkLetters, discardSinkLetters } from '../../store/operations/sink-letters.ts';
import { enrolSink, makeSinkDue, pauseSinkRow, resumeSinkRow } from '../../store/operations/sinks.ts';
import type { AccessContext } from '../context.ts';
import { keepRefusal } from '../keep-refusal.ts';
import { type AuditEvent, type EventType, recordEvent } from '../record.ts';
import { readSink, requireSinkOverseer, type SinkView, sinkNamed } from './read-sinks.ts';

interface Steering {
  readonly name: string;
  readonly by: Identity;
}

/**
 * Nothing is sent until it is resumed; what happens meanwhile is sent then.
 * @throws AppError `forbidden` unless the caller is an overseer, `not_found`, `conflict` when it is paused already
 */
export async function pauseSink(
  context: AccessContext,
  input: Steering & { readonly because: string },
): Promise<SinkView> {
  const { name, by, because } = input;
  return steer(context, input, {
    type: 'sink.paused',
    act: async (db, now) => {
      if (!(await pauseSinkRow(db, { name, byId: by.id, because, now }))) {
        throw new AppError('conflict', `Sink ${name} is paused already.`);
      }
      return { because };
    },
  });
}

/** @throws AppError `forbidden` unless the caller is an overseer, `not_found`, `conflict` when it is not paused */
export async function resumeSink(context: AccessContext, input: Steering): Promise<SinkView> {
  const { name } = input;
  return steer(context, input, {
    type: 'sink.resumed',
    act: async (db) => {
      if (!(await resumeSinkRow(db, { name }))) throw new AppError('conflict', `Sink ${name} is not paused.`);
      return {};
    },
  });
}

interface AboutLetters extends Steering {
  /** One of them; all when null. */
  readonly sequence: number | null;
}

type WithLetters = SinkView & { readonly letters: number };

/**
 * Tries again at once, and sends the events once more that it would not take.
 * @returns also how many are sent again
 * @throws AppError `forbidden` unless the caller is an overseer, `not_found`
 */
export async function retrySink(context: AccessContext, input: AboutLetters): Promise<WithLetters> {
  const { name, sequence } = input;
  return steerLetters(context, input, {
    type: 'sink.retried',
    act: async (db) => {
      const letters = await askForSinkLetters(db, { sink: name, sequence });
      await makeSinkDue(db, { name });
      return letters;
    },
  });
}

/**
 * Nobody needs to look at the events any more that it would not take; they stay in the log.
 * @returns also how many
 * @throws AppError `forbidden` unless the caller is an overseer, `not_found`
 */
export async function discardSink(context: AccessContext, input: AboutLetters): Promise<WithLetters> {
  const { name, sequence, by } = input;
  return steerLetters(context, input, {
    type: 'sink.discarded',
    act: (db, now) => discardSinkLetters(db, { sink: name, sequence, byId: by.id, now }),
  });
}

async function steerLetters(
  context: AccessContext,
  input: AboutLetters,
  { type, act }: { readonly type: EventType; readonly act: (db: Database, now: Date) => Promise<number> },
): Promise<WithLetters> {
  const { name, sequence } = input;
  let letters = 0;
  const view = await steer(context, input, {
    type,
    act: async (db, now) => {
      letters = await act(db, now);
      if (sequence === null || letters > 0) return { letters, sequence };
      throw new AppError('not_found', `Sink ${name} has no dead letter of event ${sequence}.`);
    },
  });
  return { ...view, letters };
}

async function steer(
  context: AccessContext,
  { name, by }: Steering,
  steering: {
    readonly type: EventType;
    readonly act: (db: Database, now: Date) => Promise<NonNullable<AuditEvent['data']>>;
  },
): Promise<SinkView> {
  await requireToSteer(context, { name, by, act: steering.type });
  const { kind, from } = sinkNamed(context, name);
  const now = context.clock.now();
  await context.store.transaction(async (db) => {
    await enrolSink(db, { name, kind, from, now });
    const data = await steering.act(db, now);
    await recordEvent(db, { at: now, type: steering.type, actorId: by.id, subject: name, data });
  });
  const { letters: _letters, ...view } = await readSink(context, { name, viewer: by });
  return view;
}

/** @throws AppError `forbidden`, which is written down */
export async function requireToSteer(
  context: AccessContext,
  { name, by, act }: Steering & { readonly act: string },
): Promise<void> {
  const attempt = { actorId: by.id, subject: name, data: { act } };
  await keepRefusal(context, { ...attempt, type: 'sink.refused' }, async () =>
    requireSinkOverseer(context, by),
  );
}
