/** What a live session follows when the policy is reloaded, what ends it, and the end of one on which nothing moves. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { IdleWatch } from '../../../../src/broker/ssh/idle-watch.ts';
import { SessionPolicy } from '../../../../src/broker/ssh/session-policy.ts';
import { type HostPolicy, hostPolicy } from '../../../../src/policies/rules/host-policy.ts';

type Document = Parameters<typeof hostPolicy>[0];

const host = (changes: object = {}, role: object | null = {}): Document =>
  ({
    resources: [
      {
        name: 'web-1',
        kind: 'ssh',
        address: '10.0.0.9:22',
        hostKey: 'ssh-ed25519 AAAA',
        credential: { username: 'deploy' },
        labels: {},
        roles: role === null ? {} : { run: { shell: 'exec', ...role } },
        ...changes,
      },
    ],
    rules: [],
    masks: [],
  }) as unknown as Document;

function under(first: Document) {
  const told: string[] = [];
  const state = { version: 'v1', document: first };
  const authorized = hostPolicy(first, { resource: 'web-1', role: 'run' }) as HostPolicy;
  const policy = new SessionPolicy({
    current: () => state as ReturnType<ConstructorParameters<typeof SessionPolicy>[0]['current']>,
    authorized: { ...authorized, roleName: 'run', policyVersion: 'v1' },
    onVersion: (version) => void told.push(`version ${version}`),
    onRules: (rules) => void told.push(`rules ${rules.length}`),
    onEnd: (reason) => void told.push(`end: ${reason}`),
  });
  const reload = (version: string, document: Document): boolean => {
    Object.assign(state, { version, document });
    return policy.renew();
  };
  return { policy, told, reload };
}

describe('a session under a policy that is reloaded', () => {
  test('goes on under the same version without a word, and follows what it can', () => {
    const { policy, told, reload } = under(host());
    expect(policy.renew()).toBe(true);
    expect(told).toEqual([]);
    expect(reload('v2', host({}, { programs: ['ls'] }))).toBe(true);
    const rule = { name: 'r', on: { kind: 'ssh' }, match: {}, action: 'deny' };
    expect(reload('v3', { ...host(), rules: [rule] } as unknown as Document)).toBe(true);
    expect(told).toEqual(['version v2', 'version v3', 'rules 1']);
    expect([policy.version, policy.applies.rules.length]).toEqual(['v3', 1]);
  });

  test.each([
    ['its role is gone', host({}, null), 'no longer configured'],
    ['its host is gone', { ...host(), resources: [] }, 'no longer configured'],
    ['its host is elsewhere', host({ address: '10.0.0.10:22' }), 'reached in another way'],
    ['its host shows another key', host({ hostKey: 'ssh-ed25519 BBBB' }), 'reached in another way'],
    ['it would log in as another', host({ credential: { username: 'root' } }), 'reached in another way'],
    ['the shell is another', host({}, { shell: 'raw' }), 'kind of shell'],
    ['other places are forwarded to', host({}, { forwarding: { tcp: ['db:5432'] } }), 'forwarded'],
  ])('ends once, for good, when %s', (_, document, words) => {
    const { told, reload } = under(host());
    expect(reload('v2', document)).toBe(false);
    expect(told).toEqual([expect.stringContaining(words)]);
    // What is put back later does not bring back a session that has ended.
    expect(reload('v3', host())).toBe(false);
    expect(reload('v1', host())).toBe(false);
    expect(told).toHaveLength(1);
  });
});

describe('a connection on which nothing moves', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function watch(idleMaxMs: number) {
    const state = { busy: false, ended: 0 };
    const idle = new IdleWatch({
      idleMaxMs: () => idleMaxMs,
      monotonic: () => Date.now(),
      isBusy: () => state.busy,
      onIdle: () => {
        state.ended += 1;
        idle.stop();
      },
    });
    return { state, idle };
  }

  test('is ended at its limit, and not before', () => {
    const { state } = watch(60_000);
    vi.advanceTimersByTime(59_999);
    expect(state.ended).toBe(0);
    vi.advanceTimersByTime(1);
    expect(state.ended).toBe(1);
  });

  test('counts from the last movement, and from the end of what ran', () => {
    const { state, idle } = watch(60_000);
    vi.advanceTimersByTime(50_000);
    idle.noteActivity();
    vi.advanceTimersByTime(59_000);
    state.busy = true;
    vi.advanceTimersByTime(600_000);
    expect(state.ended).toBe(0);
    state.busy = false;
    vi.advanceTimersByTime(53_999);
    expect(state.ended).toBe(0);
    vi.advanceTimersByTime(6_001);
    expect(state.ended).toBe(1);
  });

  test('is looked at no more once it is stopped', () => {
    const { state, idle } = watch(1_000);
    idle.stop();
    vi.advanceTimersByTime(10_000);
    expect(state.ended).toBe(0);
  });
});
