import { expect, test } from 'vitest';
import { createTurns } from '../../../src/bot/turns.ts';

test('a few work at a time, in the order in which they came, also when some of them fail', async () => {
  const turns = createTurns(3);
  const order: number[] = [];
  let [underWay, most] = [0, 0];
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, index) =>
      turns.inTurn(async () => {
        order.push(index);
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
        if (index % 2 === 0) throw new Error('the act failed');
      }),
    ),
  );
  expect(most).toBe(3);
  expect(order).toEqual(order.toSorted((one, other) => one - other));
  expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(10);
});
