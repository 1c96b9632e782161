import { expect, test } from 'vitest';
import { createFaultLog } from '../../../src/jobs/fault-log.ts';

test('a fault is logged at once, and the same one again after 30 s with how often it happened', () => {
  const logged: unknown[] = [];
  let nowMs = 0;
  const note = createFaultLog({ warn: (facts: unknown) => void logged.push(facts) }, () => nowMs);
  const refused = new Error('connect ECONNREFUSED');
  for (let times = 0; times < 100; times += 1) note(refused);
  note(new Error('another'));
  expect(logged).toEqual([
    { reason: 'connect ECONNREFUSED', times: 1 },
    { reason: 'another', times: 1 },
  ]);
  nowMs = 29_999;
  note(refused);
  expect(logged).toHaveLength(2);
  nowMs = 30_000;
  note(refused);
  expect(logged[2]).toEqual({ reason: 'connect ECONNREFUSED', times: 101 });
});
