/** What needs no login costs the database little, however often it is asked. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { useWebHarness } from '../web/harness.ts';

let looks = 0;
const look = async (): Promise<readonly never[]> => {
  looks += 1;
  await sleep(500);
  return [];
};
const web = useWebHarness({ server: { ready: look, metrics: look } });

test.each(['/readyz', '/metrics'])('many who ask for %s at once share one answer', async (path) => {
  looks = 0;
  const ask = async (): Promise<number> => (await fetch(`${web.current.url}${path}`)).status;
  expect(await Promise.all(Array.from({ length: 40 }, ask))).toEqual(Array<number>(40).fill(200));
  expect(looks).toBeLessThan(10);
  const before = looks;
  expect(await ask()).toBe(200);
  expect(looks).toBe(before + 1);
});
