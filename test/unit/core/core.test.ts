import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/core/duration.ts';
import { base32, canMoveGrant, GRANT_STATES } from '../../../src/core/grant.ts';
import { canMoveHold, HOLD_STATES } from '../../../src/core/hold.ts';
import { canMoveRequest, REQUEST_STATES } from '../../../src/core/request.ts';
import { Secret } from '../../../src/core/secret.ts';
import { operationOf } from '../../../src/core/statement.ts';

test('a secret does not show in any ordinary way of printing it', () => {
  const secret = new Secret('hunter2');
  const shown = [
    `${secret}`,
    String(secret),
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ a: { secret } }, { depth: 9 }),
  ];
  for (const text of shown) {
    expect(text).not.toContain('hunter2');
    expect(text).toContain('<secret>');
  }
  expect(Object.values(secret)).toEqual([]);
  expect(secret.reveal()).toBe('hunter2');
});

describe('durations', () => {
  test('are read and written back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 366 * 86_400 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1_000))).toBe(seconds * 1_000);
      }),
    );
  });

  test.each(['', '0', '1', 'h', '1 h', '-1h', '1.5h', '1y', '367d', '9999999999h', '0s'])(
    '"%s" is refused',
    (text) => {
      expect(() => parseDuration(text)).toThrow(/duration/);
    },
  );
});

test('nothing leads out of an end state', () => {
  for (const to of REQUEST_STATES) {
    for (const from of REQUEST_STATES) {
      expect(canMoveRequest(from, to)).toBe(from === 'pending' && to !== 'pending');
    }
  }
  for (const to of HOLD_STATES) {
    for (const from of HOLD_STATES) expect(canMoveHold(from, to)).toBe(from === 'held' && to !== 'held');
  }
  for (const to of GRANT_STATES) {
    for (const from of ['expired', 'revoked', 'done'] as const) expect(canMoveGrant(from, to)).toBe(false);
  }
  expect(canMoveGrant('active', 'issuing')).toBe(false);
});

test('base32 agrees with RFC 4648 for whole groups of bits', () => {
  expect(base32(Buffer.from('fooba'))).toBe('mzxw6ytb');
  expect(base32(Buffer.alloc(20, 0xff))).toBe('7'.repeat(32));
});

test('the most consequential effect is the operation', () => {
  expect(operationOf(['select', 'drop', 'insert'])).toBe('drop');
  expect(operationOf([])).toBe('unknown');
});
