import { PassThrough } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { typedLines, withCarriageReturns } from '../../../../src/broker/ssh/commands/terminal-lines.ts';
import { tries } from '../../../support/thoroughness.ts';

/** In pieces of any size. */
const PIECES = fc.array(
  fc
    .array(fc.constantFrom('a', 'ä', '\n', '\r', '\r\n', '\u0000'), { maxLength: 8 })
    .map((parts) => parts.join('')),
  { maxLength: 8 },
);

test('each line feed gets one carriage return, wherever the chunks end', async () => {
  await fc.assert(
    fc.asyncProperty(PIECES, async (pieces) => {
      const to = new PassThrough();
      const lines = withCarriageReturns(to);
      for (const piece of pieces) lines.write(piece);
      lines.end(() => to.end());
      lines.once('end', () => to.end());
      expect(await text(to)).toBe(pieces.join('').replaceAll(/(?<!\r)\n/g, '\r\n'));
    }),
    { numRuns: tries({ byDay: 100, byNight: 2_000 }) },
  );
});

test('what is typed is read in lines; Ctrl-C and Ctrl-\\ are signals, Ctrl-D at the beginning of a line the end', async () => {
  const signals: string[] = [];
  const typed = typedLines((signal) => void signals.push(signal));
  const read = buffer(typed);
  for (const piece of ['one\r', 'tw', '\u0004o\u0003\r\u001c', '\u0004more\r', '\u0003']) typed.write(piece);
  expect((await read).toString()).toBe('one\ntwo\n');
  await expect.poll(() => signals).toEqual(['INT', 'QUIT', 'INT']);
});

test('a key that is a signal gets through while nobody reads', async () => {
  const signals: string[] = [];
  const typed = typedLines((signal) => void signals.push(signal));
  typed.write('x'.repeat(1_000));
  typed.write('\u0003');
  await expect.poll(() => signals).toEqual(['INT']);
});
