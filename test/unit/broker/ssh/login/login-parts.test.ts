/** Parts of a login that need no connection: answers, times, names. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RoleToAskFor } from '../../../../../src/access/host-login.ts';
import { Attempts } from '../../../../../src/broker/ssh/login/attempts.ts';
import { Deadline } from '../../../../../src/broker/ssh/login/deadline.ts';
import { offeredKey } from '../../../../../src/broker/ssh/login/offered-key.ts';
import { oneLine } from '../../../../../src/broker/ssh/login/one-line.ts';
import { readDuration, readReason, readRole } from '../../../../../src/broker/ssh/login/questions.ts';
import { REASON_CHARACTERS_MAX } from '../../../../../src/core/request.ts';
import { field, tokenKey } from '../../../../support/ssh/token-agent.ts';

const role = (name: string): RoleToAskFor => ({
  role: name,
  automatic: false,
  seats: [],
  durationMs: 3_600_000,
  durationMaxMs: 14_400_000,
  needsTicket: false,
});

describe('answers', () => {
  test('without one the first role counts, and no other than those that are there', () => {
    const roles = [role('operator'), role('look')];
    expect(readRole('', roles)).toMatchObject({ ok: true, value: { role: 'operator' } });
    expect(readRole('look', roles)).toMatchObject({ ok: true, value: { role: 'look' } });
    expect(readRole('loo', roles)).toEqual({
      ok: false,
      wrong: 'There is no role loo. Choose operator, look.',
    });
    expect(readRole('\x1b[2J', roles)).toMatchObject({ wrong: expect.not.stringContaining('\x1b') });
  });

  test('a time is within what the policy gives, a reason within its length', () => {
    expect(readDuration('', role('look'))).toEqual({ ok: true, value: { durationMs: null } });
    expect(readDuration('4h', role('look'))).toEqual({ ok: true, value: { durationMs: 14_400_000 } });
    expect(readDuration('4h1s', role('look'))).toMatchObject({ ok: false });
    expect(readDuration('soon', role('look'))).toMatchObject({ ok: false, wrong: /not a duration/ });
    expect(readReason('x'.repeat(REASON_CHARACTERS_MAX)).ok).toBe(true);
    expect(readReason('x'.repeat(REASON_CHARACTERS_MAX + 1)).ok).toBe(false);
    expect(readReason('').ok).toBe(false);
  });
});

test('text of people is one line without anything that a terminal obeys', () => {
  expect(oneLine('go\r\n\x1b[31m on\t\u202e')).toBe('go\\u{d} \\u{1b}[31m on \\u{202e}');
  expect(oneLine('x'.repeat(501))).toBe(`${'x'.repeat(500)}...`);
});

describe('time', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('a login ends at its deadline, and not while it waits for people', () => {
    const onLate = vi.fn();
    const deadline = new Deadline(1_000, onLate);
    vi.advanceTimersByTime(999);
    deadline.suspend();
    vi.advanceTimersByTime(100_000);
    expect(onLate).not.toHaveBeenCalled();
    deadline.restart();
    vi.advanceTimersByTime(999);
    expect(onLate).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onLate).toHaveBeenCalledOnce();
  });

  test('the twentieth key may be asked about, and the next one not', () => {
    const attempts = new Attempts();
    const answers = Array.from({ length: 21 }, () => attempts.keyRefused());
    expect(answers.indexOf(false)).toBe(20);
  });
});

describe.each(['ed25519', 'ecdsa'] as const)('a key in a security token (%s)', (kind) => {
  const key = tokenKey(kind);
  const message = Buffer.from('who logs in, and where');
  const isSigned = (signature: Buffer, blob = message): boolean => {
    const offered = offeredKey({
      key: { algo: key.type, data: key.blob },
      signature,
      blob,
    });
    return offered.kind === 'usable' && offered.isSigned();
  };

  test('has signed what it signed, with somebody at it, whatever its counter', () => {
    expect(isSigned(key.sign(message))).toBe(true);
    expect(isSigned(key.sign(message, { flags: 5, counter: 0xffff_ffff }))).toBe(true);
  });

  test('has not signed anything else', () => {
    const signature = key.sign(message);
    const without = Buffer.from(signature);
    without[without.length - 5] = 0;
    const counted = Buffer.from(signature);
    counted[counted.length - 1] = 8;
    const others = [
      key.sign(Buffer.from('another login')),
      tokenKey(kind).sign(message),
      key.sign(message, { flags: 0 }),
      key.sign(message, { flags: 4 }),
      without,
      counted,
      ...[0, 4, 5, 6, 32, signature.length - 1].map((bytes) => signature.subarray(0, bytes)),
      Buffer.concat([signature, Buffer.of(0)]),
    ];
    expect(others.filter((signed) => isSigned(signed))).toEqual([]);
  });
});

test('a key in a security token that is on no curve has signed nothing', () => {
  const { type, sign } = tokenKey('ecdsa');
  const fields = [type, 'nistp256', Buffer.concat([Buffer.of(4), Buffer.alloc(64, 7)]), 'ssh:'];
  const data = Buffer.concat(fields.map(field));
  const blob = Buffer.from('x');
  const offered = offeredKey({ key: { algo: type, data }, signature: sign(blob), blob });
  expect(offered.kind === 'usable' && offered.isSigned()).toBe(false);
});
