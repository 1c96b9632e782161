import { expect, test } from 'vitest';
import { AppError } from '../../../src/core/errors.ts';
import { delayMs, retryAfterMs } from '../../../src/jobs/retry.ts';
import { SweepMemory } from '../../../src/jobs/sweep.ts';

const failure = new Error('the target does not answer');

test.each([
  [1, 500],
  [2, 1_000],
  [5, 8_000],
  [7, 32_000],
  [8, 60_000],
  [50, 60_000],
])('after attempt %i the wait is between half of %i ms and all of it', (attempts, mostMs) => {
  expect(retryAfterMs({ attempts, error: failure, random: 0 })).toBe(mostMs / 2);
  expect(retryAfterMs({ attempts, error: failure, random: 1 })).toBe(mostMs);
});

test('nobody is asked again before they said', () => {
  const busy = new AppError('rate_limited', 'Too many messages.', { context: { retryAfterSeconds: 30 } });
  expect(retryAfterMs({ attempts: 1, error: busy, random: 0.5 })).toBe(30_000);
  expect(retryAfterMs({ attempts: 9, error: busy, random: 1 })).toBe(60_000);
});

test('the sweep tries what fails ever more rarely, and forgets it once it is done', () => {
  let nowMs = 0;
  const memory = new SweepMemory(() => nowMs);
  expect(memory.isDue('g-1')).toBe(true);
  memory.noteFailed('g-1', failure);
  expect(memory.isDue('g-1')).toBe(false);
  expect(memory.isDue('g-2')).toBe(true);
  nowMs = 500;
  expect(memory.isDue('g-1')).toBe(true);
  for (let again = 0; again < 20; again += 1) memory.noteFailed('g-1', failure);
  nowMs += 29_000;
  expect(memory.isDue('g-1')).toBe(false);
  nowMs += 31_000;
  expect(memory.isDue('g-1')).toBe(true);
  memory.noteFailed('g-1', failure);
  memory.noteDone('g-1');
  expect(memory.isDue('g-1')).toBe(true);
});

test('whoever is asked to slow down waits as long as was asked, or a little longer, and has not failed', () => {
  const busy = new AppError('rate_limited', 'Too many messages.', { context: { retryAfterSeconds: 30 } });
  expect(delayMs({ error: busy, random: 0 })).toBe(30_000);
  expect(delayMs({ error: busy, random: 1 })).toBe(31_000);
  expect(delayMs({ error: new AppError('rate_limited', 'Too many.'), random: 0 })).toBe(200);
  expect(delayMs({ error: failure, random: 0 })).toBeNull();
});
