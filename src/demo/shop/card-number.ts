/** Card numbers that pass the Luhn check and belong to nobody: payment providers reserve these ranges for tests. */
import type { SeededRandom } from './seeded-random.ts';

const TEST_RANGES = [
  { brand: 'visa', prefix: '42424242' },
  { brand: 'visa', prefix: '40000566' },
  { brand: 'mastercard', prefix: '55555555' },
  { brand: 'mastercard', prefix: '22230031' },
] as const;
const LENGTH = 16;

export function testCardNumber(random: SeededRandom): { brand: string; number: string } {
  const range = random.pick(TEST_RANGES);
  let digits: string = range.prefix;
  while (digits.length < LENGTH - 1) digits += String(random.below(10));
  return { brand: range.brand, number: digits + luhnDigit(digits) };
}

/** The check digit (ISO/IEC 7812-1, annex B) for all digits but the last. */
function luhnDigit(digits: string): string {
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return String((10 - (sum % 10)) % 10);
}
