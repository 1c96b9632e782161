import fc from 'fast-check';
import { expect, test } from 'vitest';
import { incidentOfChannel, matchesAnyGlob } from '../../../src/core/channel-globs.ts';

test.each([
  ['inc-42', 'inc-*', true],
  ['inc-', 'inc-*', true],
  ['inc', 'inc-*', false],
  ['my-inc-42', 'inc-*', false],
  ['my-inc-42', '*inc*', true],
  ['prod-inc-42', 'prod-*-42', true],
  ['prod-42', 'prod-*-42', false],
  ['ab', 'a*b*b', false],
  ['inc.42', 'inc?42', false],
  ['anything', '*', true],
  ['inc-42', 'inc-42', true],
  ['inc-421', 'inc-42', false],
])('"%s" against "%s": %s', (name, pattern, matches) => {
  expect(matchesAnyGlob(name, [pattern])).toBe(matches);
});

test('a channel that fits no pattern is no incident', () => {
  expect(incidentOfChannel('access', ['inc-*', 'war-room'])).toBeNull();
  expect(incidentOfChannel('inc-42', ['war-room', 'inc-*'])).toBe('inc-42');
});

test('agrees with a regular expression', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '.'), maxLength: 8 });
  fc.assert(
    fc.property(text, text, (name, pattern) => {
      const expression = pattern
        .split('*')
        .map((part) => part.replaceAll('.', '\\.'))
        .join('.*');
      expect(matchesAnyGlob(name, [pattern])).toBe(new RegExp(`^${expression}$`).test(name));
    }),
    { numRuns: 2_000 },
  );
});
