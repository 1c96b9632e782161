import { describe, expect, test } from 'vitest';
import type { GrantView } from '../../../src/access/views.ts';
import { Gate, type GateRecorder, type Inspection, type Judge } from '../../../src/broker/gate.ts';
import { LiveSession } from '../../../src/broker/session.ts';
import type { RecordingInput } from '../../../src/recording/events.ts';

const PARTY = { id: 'p-1', kind: 'person', name: 'Alice', email: 'alice@example.com' } as const;
const GRANT: GrantView = {
  id: 'g-aaaaaaaa',
  requestId: 'r-1',
  kind: 'access',
  state: 'active',
  holder: PARTY,
  approvers: [],
  resource: 'orders-db',
  resourceKind: 'postgres',
  role: 'read',
  reason: '',
  incident: null,
  origin: null,
  durationMs: 60_000,
  startsAt: new Date(0),
  expiresAt: new Date(60_000),
  endedAt: null,
  endedBy: null,
  revealed: true,
  problem: null,
  review: null,
};

function world(changes: { judge?: Partial<Judge<Inspection>>; recorder?: Partial<GateRecorder> } = {}) {
  const order: string[] = [];
  const events: RecordingInput[] = [];
  const time = { ms: 0 };
  const session = new LiveSession({
    id: 's-1',
    grant: GRANT,
    now: new Date(0),
    monotonic: () => time.ms,
    confirmedAtMs: 0,
  });
  const recorder: GateRecorder = {
    append: (event) => {
      order.push(`append ${event.type}`);
      events.push(event);
    },
    note: (event) => {
      order.push(`note ${event.type}`);
      events.push(event);
    },
    flush: () => void order.push('flush'),
    onFailure: () => undefined,
    ...changes.recorder,
  };
  const judge: Judge<Inspection> = {
    inspect: () => ({
      parseError: null,
      analysis: [{ text: '', effects: ['select'], relations: [], functions: [], flags: [] }],
    }),
    decide: () => ({ action: 'allow', rule: null, reason: 'fine' }),
    normalize: () => 'normalized',
    ...changes.judge,
  };
  const gate = new Gate({ session, recorder, judge, now: () => new Date(0) });
  const forward = (): void => void order.push('forward');
  const judged = (text = 'select 1') =>
    gate.judge({ protocol: 'simple', text, parameters: [], prepared: null, refusal: null });
  return { order, events, time, session, gate, forward, judged };
}

const fail = (): never => {
  throw new Error('broken');
};

describe('the gate', () => {
  test('records every verdict of a batch in one write before anything is forwarded', () => {
    const { order, gate, forward, judged } = world();
    judged();
    judged();
    gate.release(forward);
    expect(order).toEqual(['append statement', 'append statement', 'flush', 'forward']);
  });

  test('forwards nothing and ends the session when the recording cannot be written', () => {
    for (const recorder of [{ flush: fail }, { append: fail }]) {
      const { order, gate, forward, judged, session } = world({ recorder });
      judged();
      gate.release(forward);
      gate.release(forward);
      expect(order).not.toContain('forward');
      expect(session.ended).toBe('recording-failed');
    }
  });

  test('ends the session when the recording fails while nothing is asked', () => {
    let tell = (): void => undefined;
    const onFailure = (listener: () => void): void => {
      tell = listener;
    };
    const { session, order, gate, forward, judged } = world({ recorder: { onFailure } });
    judged();
    tell();
    expect(session.ended).toBe('recording-failed');
    gate.release(forward);
    expect(order).not.toContain('forward');
  });

  test('denies what cannot be inspected and what cannot be decided', () => {
    expect(world({ judge: { inspect: fail } }).judged().verdict).toMatchObject({
      action: 'deny',
      rule: 'not-inspected',
    });
    expect(world({ judge: { decide: fail } }).judged().verdict).toMatchObject({
      action: 'deny',
      rule: 'policy-error',
    });
  });

  test('denies while the session is not confirmed and allows again when it is', () => {
    const { time, session, judged } = world();
    time.ms = 2_001;
    expect(judged().verdict).toMatchObject({ action: 'deny', rule: 'state-unconfirmed' });
    session.confirm(1_500);
    expect(judged().verdict.action).toBe('allow');
  });

  test('denies and forwards nothing after the end, and records the end last', () => {
    const { order, gate, forward, session, judged, events } = world();
    session.end('grant-revoked');
    expect(judged().verdict).toMatchObject({ action: 'deny', rule: 'session-ended' });
    gate.release(forward);
    gate.finish();
    gate.complete({ statement: 1 }, { durationMs: 1, tags: [], rows: 0, maskedCells: 0, error: null });
    expect(order).not.toContain('forward');
    expect(events.at(-1)).toMatchObject({ type: 'end', reason: 'grant-revoked' });
  });

  test('checks an execution of something prepared against the session again, not only its text', () => {
    const { session, gate, judged } = world();
    const prepared = judged();
    session.end('grant-expired');
    const execution = gate.judge({
      protocol: 'execute',
      text: 'select 1',
      parameters: ['1'],
      prepared,
      refusal: null,
    });
    expect(execution.verdict.action).toBe('deny');
  });

  test('counts what was run and what was refused, and keeps the riskiest in words without values', () => {
    const { session, gate } = world({
      judge: {
        decide: () => ({ action: 'deny', rule: 'no', reason: 'no' }),
        inspect: () => ({
          parseError: null,
          analysis: [{ text: '', effects: ['drop'], relations: [], functions: [], flags: [] }],
        }),
      },
    });
    gate.judge({
      protocol: 'prepare',
      text: "drop table x -- 'secret'",
      parameters: [],
      prepared: null,
      refusal: null,
    });
    expect(session.counts).toMatchObject({ commands: 1, denied: 1 });
    expect(session.riskiest.list()).toMatchObject([
      { text: 'normalized', operation: 'drop', action: 'deny', rule: 'no' },
    ]);
  });
});
