import { describe, expect, test } from 'vitest';
import { makeShopRows } from '../../src/demo/shop/shop-rows.ts';

/** The Luhn check as it is usually written, from the right, over all digits. */
function passesLuhn(number: string): boolean {
  const digits = [...number].reverse().map(Number);
  const sum = digits.reduce((total, digit, place) => {
    const weighted = place % 2 === 1 ? digit * 2 : digit;
    return total + (weighted > 9 ? weighted - 9 : weighted);
  }, 0);
  return sum % 10 === 0;
}

describe('the sample shop', () => {
  const rows = makeShopRows(300);

  test('is the same every time', () => {
    expect(makeShopRows(300)).toEqual(rows);
  });

  test('holds card numbers that pass the Luhn check and come from ranges set aside for tests', () => {
    for (const { card_number: number } of rows.payments) {
      expect(number).toMatch(/^(42424242|40000566|55555555|22230031)\d{8}$/);
      expect(passesLuhn(number)).toBe(true);
    }
  });

  test('names nobody who could exist: addresses at example.com, numbers in 555-01xx', () => {
    expect(new Set(rows.customers.map((customer) => customer.email)).size).toBe(rows.customers.length);
    for (const { email, phone } of rows.customers) {
      expect(email).toMatch(/^[a-z]+\.[a-z]+\.\d+@example\.com$/);
      expect(phone).toMatch(/^\+1-\d{3}-555-01\d{2}$/);
    }
  });

  test('gives every customer an order and every order one payment of its total', () => {
    expect(new Set(rows.orders.map((order) => order.customer_id)).size).toBe(rows.customers.length);
    expect(rows.payments.map(({ order_id, amount }) => [order_id, amount])).toEqual(
      rows.orders.map(({ id, total }) => [id, total]),
    );
  });
});
