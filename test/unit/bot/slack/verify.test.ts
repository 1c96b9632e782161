import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { problemOfSignature, SIGNATURE_WINDOW_MS } from '../../../../src/bot/slack/verify.ts';
import { Secret } from '../../../../src/core/secret.ts';

const KEY = 'only-in-tests-0123456789abcdef';
const NOW = new Date('2026-11-22T09:00:00Z');
const BODY = 'command=%2Faccess&text=mine';
const WINDOW_SECONDS = SIGNATURE_WINDOW_MS / 1_000;

function timestamp(offsetSeconds = 0): string {
  return String(NOW.getTime() / 1_000 + offsetSeconds);
}

function signature(at: string, body = BODY, key = KEY): string {
  return `v0=${createHmac('sha256', key).update(`v0:${at}:${body}`).digest('hex')}`;
}

function problem(call: { timestamp?: string | undefined; signature?: string | undefined; body?: string }) {
  const at = 'timestamp' in call ? call.timestamp : timestamp();
  return problemOfSignature(
    {
      timestamp: at,
      signature: 'signature' in call ? call.signature : signature(at ?? ''),
      body: Buffer.from(call.body ?? BODY),
    },
    { secret: new Secret(KEY), now: NOW },
  );
}

describe('a call is genuine', () => {
  test('when Slack signed it now', () => {
    expect(problem({})).toBeNull();
  });

  test.each([
    ['at the old edge of the window', -WINDOW_SECONDS, null],
    ['a second older', -WINDOW_SECONDS - 1, 'too old'],
    ['at the edge that lies ahead', WINDOW_SECONDS, null],
    ['a second further ahead', WINDOW_SECONDS + 1, 'from the future'],
    ['an hour ahead', 3_600, 'from the future'],
  ])('or is not: %s', (_when, offsetSeconds, expected) => {
    expect(problem({ timestamp: timestamp(offsetSeconds) })).toBe(expected);
  });
});

describe('a call is refused', () => {
  test.each([
    ['without a timestamp', { timestamp: undefined }, 'not signed'],
    ['without a signature', { signature: undefined }, 'not signed'],
    ['with an empty signature', { signature: '' }, 'not signed'],
    ['with a signature cut short', { signature: signature(timestamp()).slice(0, -1) }, 'not signed'],
    ['with another version', { signature: signature(timestamp()).replace('v0', 'v1') }, 'not signed'],
    ['with a timestamp that is no number', { timestamp: 'now' }, 'not signed'],
    ['with a negative timestamp', { timestamp: '-1' }, 'not signed'],
    ['with a timestamp with a fraction', { timestamp: `${timestamp()}.5` }, 'not signed'],
    ['with a timestamp too large for a date', { timestamp: '9'.repeat(13) }, 'not signed'],
    ['when its body was changed', { body: `${BODY}s` }, 'signed by somebody else'],
    ['when its timestamp was changed', { signature: signature(timestamp(-1)) }, 'signed by somebody else'],
    [
      'when somebody else signed it',
      { signature: signature(timestamp(), BODY, 'another-secret-0123456789') },
      'signed by somebody else',
    ],
  ])('%s', (_what, call, expected) => {
    expect(problem(call)).toBe(expected);
  });
});
