/** Floods: what is let through of them, each at its edge. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LatestSize } from '../../../../src/broker/ssh/channels/latest-size.ts';
import { FailuresByAddress, networkOf } from '../../../../src/broker/ssh/login/failures-by-address.ts';
import { Pace } from '../../../../src/broker/ssh/pace.ts';

test('a pace lets so many through at once, and then as many as time brings back', () => {
  let nowMs = 5_000;
  const pace = new Pace({ burst: 3, perSecond: 2 }, () => nowMs);
  const taken = (): number => [1, 2, 3, 4, 5].filter(() => pace.take()).length;
  expect(taken()).toBe(3);
  nowMs += 499;
  expect(taken()).toBe(0);
  nowMs += 1;
  expect(taken()).toBe(1);
  nowMs += 60_000;
  expect(taken()).toBe(3);
  pace.giveBack();
  expect(taken()).toBe(1);
});

describe('wrong secrets from one address', () => {
  let nowMs = 0;
  const failing = (failures: FailuresByAddress, address: string, count = 100): number =>
    Array.from({ length: count }).filter(() => failures.begin(address)).length;

  test('are looked at thirty times, then six times a minute; those of others are not touched', () => {
    const failures = new FailuresByAddress(() => nowMs);
    expect(failing(failures, '192.0.2.1')).toBe(30);
    expect(failing(failures, '192.0.2.2')).toBe(30);
    nowMs += 59_999;
    expect(failing(failures, '192.0.2.1')).toBe(5);
    nowMs += 1;
    expect(failing(failures, '192.0.2.1')).toBe(1);
  });

  test('count only while they are wrong', () => {
    const failures = new FailuresByAddress(() => nowMs);
    for (let login = 0; login < 100; login += 1) {
      expect(failures.begin('192.0.2.1')).toBe(true);
      failures.forgive('192.0.2.1');
    }
    expect(failing(failures, '192.0.2.1')).toBe(30);
  });

  test('count for the whole network of an IPv6 address', () => {
    const failures = new FailuresByAddress(() => nowMs);
    expect(failing(failures, '2001:db8:0:1::1')).toBe(30);
    expect(failing(failures, '2001:db8:0:1:ffff::9')).toBe(0);
    expect(failing(failures, '2001:db8:0:2::1', 1)).toBe(1);
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:0:1::1', '2001:db8:0:1'],
    ['2001:DB8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['', ''],
  ])('from %s are from %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  test('are forgotten for the address that was quiet longest', () => {
    const failures = new FailuresByAddress(() => nowMs);
    expect(failing(failures, 'first')).toBe(30);
    for (let address = 1; address < 10_000; address += 1) failures.begin(`other-${address}`);
    expect(failing(failures, 'first', 1)).toBe(0);
    for (let address = 1; address < 10_000; address += 1) failures.begin(`another-${address}`);
    expect(failing(failures, 'first', 1)).toBe(0);
    for (let address = 1; address <= 10_000; address += 1) failures.begin(`yet-another-${address}`);
    expect(failing(failures, 'first', 1)).toBe(1);
  });
});

describe('the sizes of a terminal', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('are told at once, and of a flood ten a second and the last', () => {
    const told: number[] = [];
    const sizes = new LatestSize(({ columns }) => void told.push(columns));
    for (let columns = 1; columns <= 1_000; columns += 1) {
      sizes.change({ columns, rows: 24 });
      vi.advanceTimersByTime(1);
    }
    vi.advanceTimersByTime(1_000);
    expect(told).toHaveLength(11);
    expect([told[0], told.at(-1)]).toEqual([1, 1_000]);
    sizes.change({ columns: 5, rows: 24 });
    expect(told.at(-1)).toBe(5);
  });

  test('are told to nobody once the channel is closed', () => {
    const told: number[] = [];
    const sizes = new LatestSize(({ columns }) => void told.push(columns));
    sizes.change({ columns: 1, rows: 24 });
    sizes.change({ columns: 2, rows: 24 });
    sizes.stop();
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual([1]);
  });
});
