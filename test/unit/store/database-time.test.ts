import { expect, test } from 'vitest';
import { DatabaseTime } from '../../../src/store/database-clock.ts';

const NOON = Date.parse('2026-11-22T12:00:00Z');
const HOUR_MS = 3_600_000;

function timeAt(): { time: DatabaseTime; pass: (ms: number) => void; sample: (databaseMs: number) => void } {
  let atMs = 5_000;
  const time = new DatabaseTime(() => atMs, { databaseMs: NOON, atMs });
  return {
    time,
    pass: (ms) => {
      atMs += ms;
    },
    sample: (databaseMs) => time.sample(databaseMs, atMs),
  };
}

test('between two questions it counts on by itself', () => {
  const { time, pass } = timeAt();
  expect(time.now().getTime()).toBe(NOON);
  pass(900);
  expect(time.now().getTime()).toBe(NOON + 900);
  pass(HOUR_MS);
  expect(time.now().getTime()).toBe(NOON + HOUR_MS + 900);
});

test('it follows a database that is set forward: access ends early', () => {
  const { time, sample } = timeAt();
  sample(NOON + HOUR_MS);
  expect(time.now().getTime()).toBe(NOON + HOUR_MS);
});

test('a database that is set back does not lengthen anything: time goes on, at half its speed', () => {
  const { time, pass, sample } = timeAt();
  pass(1_000);
  sample(NOON + 1_000 - HOUR_MS);
  expect(time.now().getTime()).toBe(NOON + 1_000);
  pass(10_000);
  expect(time.now().getTime()).toBe(NOON + 6_000);
});

test('and is the time of the database again once that has caught up', () => {
  const { time, pass, sample } = timeAt();
  sample(NOON - HOUR_MS);
  pass(HOUR_MS);
  expect(time.now().getTime()).toBe(NOON + HOUR_MS / 2);
  pass(HOUR_MS);
  expect(time.now().getTime()).toBe(NOON + HOUR_MS);
  pass(HOUR_MS);
  expect(time.now().getTime()).toBe(NOON + 2 * HOUR_MS);
});
