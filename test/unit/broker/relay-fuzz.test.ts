import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { loadSqlParser } from '../../../src/policies/analyzers/sql/analyze.ts';
import { converse, fuzzRelays, streams } from '../../support/relay-fuzz.ts';

const DURATION_MS = 2_500;

beforeAll(() => loadSqlParser());

test('garbled bytes of both sides crash nothing and bring no statement past its judge', () => {
  const seed = Date.now() % 2_147_483_647;
  const { runs, violations } = fuzzRelays({ durationMs: DURATION_MS, seed });
  process.stdout.write(`fuzz: seed ${seed}, ${runs} conversations, ${violations} of them cut\n`);
  // Enough of them are garbled, and enough are not.
  expect(runs).toBeGreaterThan(20);
  expect(violations).toBeGreaterThan(0);
  expect(violations).toBeLessThan(runs);
});

test('a conversation is the same wherever it is cut', () => {
  fc.assert(
    fc.property(streams, (stream) => {
      // When an answer arrives decides what a portal's name means, so the answers wait for the last cut.
      const conversation = { garble: (answer: Buffer) => [answer], answersLate: true };
      const whole = converse({ client: [stream], ...conversation });
      const at = Math.max(1, Math.floor(stream.length / 40));
      for (let split = 0; split <= stream.length; split += at) {
        const halves = [stream.subarray(0, split), stream.subarray(split)];
        const seen = converse({ client: halves, ...conversation });
        expect(seen.forwarded.equals(whole.forwarded)).toBe(true);
      }
    }),
    { numRuns: 40, interruptAfterTimeLimit: DURATION_MS },
  );
});

test('answers are understood byte by byte', () => {
  fc.assert(
    fc.property(streams, (stream) => {
      const whole = converse({ client: [stream], garble: (answer) => [answer] });
      const bytewise = converse({
        client: [stream],
        garble: (answer) => [...answer].map((byte) => Buffer.of(byte)),
      });
      expect(bytewise.forwarded.equals(whole.forwarded)).toBe(true);
      expect(bytewise.violation === null).toBe(whole.violation === null);
    }),
    { numRuns: 60, interruptAfterTimeLimit: DURATION_MS },
  );
});
