/** Where the audit log is sent to, and how far each receiver has come. For overseers only. */
import { AppError } from '../../core/errors.ts';
import type { Identity } from '../../core/identity.ts';
import type { SinkLetterState } from '../../core/sink.ts';
import type { SinkSettings } from '../../policies/document/schema.ts';
import type { SinkRow } from '../../store/entities/sink.ts';
import type { Database } from '../../store/open-store.ts';
import { countSinkLetters, listSinkLetters } from '../../store/operations/sink-letters.ts';
import { listEventsAt, listSinkRows, readSinkLags, type SinkLag } from '../../store/operations/sinks.ts';
import type { AccessContext } from '../context.ts';
import { partyOf } from '../read-views.ts';
import { refusalUnlessOverseer } from '../rights.ts';
import type { PartyView } from '../views.ts';

/** `waiting` until a process with the role of jobs has seen it. */
export type SinkState = 'waiting' | 'running' | 'failing' | 'paused';

export interface SinkView {
  readonly name: string;
  readonly kind: SinkSettings['kind'];
  readonly state: SinkState;
  /** The last event of the log that it has, or that was put aside. */
  readonly cursor: number;
  readonly lagEvents: number;
  /** How long the first event that it has not taken has been waiting. */
  readonly lagSeconds: number;
  readonly sent: number;
  readonly lastSentAt: Date | null;
  /** In a row. */
  readonly failures: number;
  /** Null once it works again. */
  readonly lastError: string | null;
  readonly lastErrorAt: Date | null;
  /** Events that it would not take and that wait for somebody. */
  readonly deadLetters: number;
  readonly paused: {
    readonly at: Date;
    /** Null when the receiver wanted no more. */
    readonly by: PartyView | null;
    readonly because: string;
  } | null;
}

export interface SinkLetterView {
  readonly sequence: number;
  readonly type: string;
  readonly subject: string;
  readonly at: Date;
  readonly state: SinkLetterState;
  readonly attempts: number;
  readonly reason: string;
  readonly failedAt: Date;
}

/** How far behind each configured sink is, for whoever watches that. */
export interface SinkStanding {
  readonly name: string;
  readonly lagEvents: number;
  readonly lagSeconds: number;
  readonly deadLetters: number;
  readonly failing: boolean;
  readonly lastError: string | null;
  readonly paused: boolean;
}

const LETTERS_MAX = 100;

/** In the order of the policy. @throws AppError `forbidden` unless the viewer is an overseer */
export async function listSinks(context: AccessContext, input: { viewer: Identity }): Promise<SinkView[]> {
  requireSinkOverseer(context, input.viewer);
  return readViews(context, context.policy.current().document.sinks);
}

/**
 * One of them, with the first of its dead letters.
 * @throws AppError `forbidden` unless the viewer is an overseer, `not_found`
 */
export async function readSink(
  context: AccessContext,
  input: { name: string; viewer: Identity },
): Promise<SinkView & { readonly letters: readonly SinkLetterView[] }> {
  requireSinkOverseer(context, input.viewer);
  const settings = sinkNamed(context, input.name);
  const [view] = await readViews(context, [settings]);
  if (view === undefined) throw unknownSink(input.name);
  return { ...view, letters: await lettersOf(context.store.read(), settings.name) };
}

export async function readSinkStandings(context: AccessContext): Promise<SinkStanding[]> {
  const views = await readViews(context, context.policy.current().document.sinks);
  return views.map(({ name, lagEvents, lagSeconds, deadLetters, state, lastError }) => ({
    name,
    lagEvents,
    lagSeconds,
    deadLetters,
    failing: state === 'failing',
    lastError,
    paused: state === 'paused',
  }));
}

export function requireSinkOverseer(context: AccessContext, identity: Identity): void {
  const text = 'Sinks are for members of the groups in `oversight`.';
  const refusal = refusalUnlessOverseer(context, { identity, text });
  if (refusal !== null) throw refusal;
}

/** @throws AppError `not_found` */
export function sinkNamed(context: Pick<AccessContext, 'policy'>, name: string): SinkSettings {
  const found = context.policy.current().document.sinks.find((sink) => sink.name === name);
  if (found === undefined) throw unknownSink(name);
  return found;
}

function unknownSink(name: string): AppError {
  return new AppError('not_found', `There is no sink ${name.slice(0, 64)}.`);
}

async function readViews(context: AccessContext, sinks: readonly SinkSettings[]): Promise<SinkView[]> {
  if (sinks.length === 0) return [];
  const db = context.store.read();
  const names = sinks.map(({ name }) => name);
  const rows = new Map((await listSinkRows(db, { names })).map((row) => [row.name, row]));
  const lags = new Map((await readSinkLags(db, { names })).map((lag) => [lag.name, lag]));
  const letters = await countSinkLetters(db);
  const now = context.clock.now();
  return sinks.map(({ name, kind }) =>
    viewOf({
      name,
      kind,
      row: rows.get(name) ?? null,
      lag: lags.get(name) ?? null,
      deadLetters: letters.get(name) ?? 0,
      now,
    }),
  );
}

function viewOf(facts: {
  readonly name: string;
  readonly kind: SinkSettings['kind'];
  readonly row: SinkRow | null;
  readonly lag: SinkLag | null;
  readonly deadLetters: number;
  readonly now: Date;
}): SinkView {
  const { name, kind, row, lag, deadLetters, now } = facts;
  const oldestAt = lag?.oldestAt ?? null;
  return {
    name,
    kind,
    state: stateOf(row),
    cursor: row?.cursor ?? 0,
    lagEvents: lag?.events ?? 0,
    lagSeconds: oldestAt === null ? 0 : Math.max(0, now.getTime() - oldestAt.getTime()) / 1_000,
    sent: row?.sent ?? 0,
    lastSentAt: row?.lastSentAt ?? null,
    failures: row?.failures ?? 0,
    lastError: row?.lastError ?? null,
    lastErrorAt: row?.lastErrorAt ?? null,
    deadLetters,
    paused:
      row?.pausedAt == null
        ? null
        : {
            at: row.pausedAt,
            by: row.pausedBy == null ? null : partyOf(row.pausedBy),
            because: row.pausedBecause ?? '',
          },
  };
}

function stateOf(row: SinkRow | null): SinkState {
  if (row === null) return 'waiting';
  if (row.pausedAt != null) return 'paused';
  return row.failures > 0 ? 'failing' : 'running';
}

async function lettersOf(db: Database, sink: string): Promise<SinkLetterView[]> {
  const waiting = await listSinkLetters(db, { sink, state: 'waiting', limit: LETTERS_MAX });
  const again = await listSinkLetters(db, { sink, state: 'again', limit: LETTERS_MAX });
  const letters = [...waiting, ...again].toSorted((a, b) => a.sequence - b.sequence).slice(0, LETTERS_MAX);
  const events = await listEventsAt(db, { sequences: letters.map(({ sequence }) => sequence) });
  const bySequence = new Map(events.map((event) => [event.sequence, event]));
  return letters.flatMap(({ sequence, state, attempts, reason, failedAt }) => {
    const event = bySequence.get(sequence);
    if (event === undefined) return [];
    const { type, subject, at } = event;
    return [{ sequence, type, subject, at, state, attempts, reason, failedAt }];
  });
}
