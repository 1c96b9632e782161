import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import type { GrantView } from '../../../src/access/views.ts';
import { LiveSession } from '../../../src/broker/session.ts';
import { SessionRegistry, type SessionState } from '../../../src/broker/session-registry.ts';
import type { EndReason } from '../../../src/core/session.ts';

const grant = { id: 'g-aaaaaaaa', expiresAt: new Date(Date.now() + 3_600_000) } as unknown as GrantView;

function world(state: Partial<SessionState> = {}) {
  const hints: (() => void)[] = [];
  const faults: string[] = [];
  const registry = new SessionRegistry({
    state: {
      readSessionChanges: async () => [],
      noteProgress: async () => undefined,
      watchGrantChanges: async (onHint) => {
        hints.push(onHint);
        return { close: async () => undefined };
      },
      ...state,
    },
    monotonic: () => performance.now(),
    onFault: (what) => void faults.push(what),
  });
  const add = (id: string): LiveSession => {
    const session = new LiveSession({
      id,
      grant,
      now: new Date(),
      monotonic: () => performance.now(),
      confirmedAtMs: performance.now(),
    });
    registry.add(session, { onConfirmation: () => undefined, onPolicy: () => undefined, busy: false });
    return session;
  };
  return { registry, hints, faults, add };
}

const started: SessionRegistry[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const registry of started.splice(0)) await registry.stop();
});

test('a hint ends the sessions that the store names, at once and with its reason', async () => {
  const reason: EndReason = 'grant-revoked';
  const { registry, hints, add } = world({
    readSessionChanges: async (sessions) =>
      sessions.filter(({ id }) => id === 's-2').map(({ id }) => ({ id, kind: 'end', reason })),
  });
  started.push(registry);
  await registry.start();
  const [first, second] = [add('s-1'), add('s-2')];
  hints[0]?.();
  await sleep(20);
  expect(second?.ended).toBe('grant-revoked');
  expect(first?.ended).toBeNull();
  expect(registry.size).toBe(1);
});

test('without any hint the poll finds the ending within a second', async () => {
  const { registry, add } = world({
    readSessionChanges: async (sessions) =>
      sessions.map(({ id }) => ({ id, kind: 'end', reason: 'terminated' })),
  });
  started.push(registry);
  await registry.start();
  const session = add('s-1');
  await sleep(900);
  expect(session.ended).toBe('terminated');
});

test('a hint that comes while a question is open asks again, so that nothing is missed', async () => {
  const asked: number[] = [];
  let answer: (() => void) | null = null;
  const { registry, hints, add } = world({
    readSessionChanges: (sessions) => {
      asked.push(sessions.length);
      return new Promise((resolve) => {
        answer = () => resolve([]);
      });
    },
  });
  started.push(registry);
  await registry.start();
  add('s-1');
  hints[0]?.();
  hints[0]?.();
  expect(asked).toHaveLength(1);
  (answer as (() => void) | null)?.();
  await sleep(10);
  expect(asked).toHaveLength(2);
});

test('a store that fails confirms nothing, and is asked again', async () => {
  const { registry, faults, add } = world({ readSessionChanges: () => Promise.reject(new Error('away')) });
  started.push(registry);
  await registry.start();
  const session = add('s-1');
  await sleep(2_300);
  expect(session.confirmed).toBe(false);
  expect(session.ended).toBeNull();
  expect(faults.length).toBeGreaterThanOrEqual(2);
});

test('a session ends at its deadline by its own timer, also beyond the longest delay of a timer', () => {
  vi.useFakeTimers();
  const days = 60 * 86_400_000;
  const session = new LiveSession({
    id: 's-1',
    grant: { ...grant, expiresAt: new Date(days) },
    now: new Date(0),
    monotonic: () => 0,
    confirmedAtMs: 0,
  });
  vi.advanceTimersByTime(days - 1);
  expect(session.ended).toBeNull();
  vi.advanceTimersByTime(1);
  expect(session.ended).toBe('grant-expired');
});

test('a deadline that has moved reaches the session, which is not ended at the one before', async () => {
  const expiresAt = new Date(Date.now() + 7_200_000);
  const asked: (readonly { readonly expiresAt: Date }[])[] = [];
  const { registry, hints, add } = world({
    readSessionChanges: async (sessions) => {
      asked.push(sessions);
      return sessions
        .filter((session) => session.expiresAt < expiresAt)
        .map(({ id }) => ({ id, kind: 'deadline', expiresAt, leftMs: 7_200_000 }));
    },
  });
  started.push(registry);
  await registry.start();
  const session = add('s-1');
  hints[0]?.();
  await vi.waitFor(() => expect(session.grant.expiresAt).toEqual(expiresAt));
  expect(session.ended).toBeNull();
  hints[0]?.();
  await vi.waitFor(() => expect(asked.at(-1)?.[0]?.expiresAt).toEqual(expiresAt));
});

test('a session whose deadline has moved ends at the new one', () => {
  vi.useFakeTimers();
  const session = new LiveSession({
    id: 's-1',
    grant: { ...grant, expiresAt: new Date(60_000) },
    now: new Date(0),
    monotonic: () => 0,
    confirmedAtMs: 0,
  });
  vi.advanceTimersByTime(50_000);
  session.moveDeadline({ expiresAt: new Date(120_000), leftMs: 70_000 });
  vi.advanceTimersByTime(69_999);
  expect(session.ended).toBeNull();
  vi.advanceTimersByTime(1);
  expect(session.ended).toBe('grant-expired');
  session.moveDeadline({ expiresAt: new Date(240_000), leftMs: 120_000 });
  expect(session.grant.expiresAt).toEqual(new Date(120_000));
});
