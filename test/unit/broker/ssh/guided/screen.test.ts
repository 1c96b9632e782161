import { Terminal as Xterm } from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Frame,
  layOut,
  rowAfterReflow,
  windowOf,
} from '../../../../../src/broker/ssh/guided/screen/frame.ts';
import { EMPTY_FRAME, erased, left, painted } from '../../../../../src/broker/ssh/guided/screen/paint.ts';
import { SafeOutput } from '../../../../../src/broker/ssh/guided/screen/safe-output.ts';
import { tries } from '../../../../support/thoroughness.ts';
import { letters, seenForm } from './seen-form.ts';

const PROMPT = 'u@h:~$ ';

class Screen {
  readonly #xterm: Xterm;

  constructor(columns: number, rows: number) {
    this.#xterm = new Xterm({ cols: columns, rows, scrollback: 5_000, allowProposedApi: true });
  }

  write(text: string): Promise<void> {
    return new Promise((resolve) => this.#xterm.write(text, resolve));
  }

  resize(columns: number, rows: number): void {
    this.#xterm.resize(columns, rows);
  }

  get cursor(): { row: number; column: number } {
    const { active } = this.#xterm.buffer;
    return { row: active.baseY + active.cursorY, column: active.cursorX };
  }

  /** From a row of the buffer to its end, without what is empty at the end of each. */
  rows(from = 0): string[] {
    const { active } = this.#xterm.buffer;
    const rows: string[] = [];
    for (let row = from; row < active.length; row += 1)
      rows.push(active.getLine(row)?.translateToString(true).trimEnd() ?? '');
    while (rows.length > 0 && rows.at(-1) === '') rows.pop();
    return rows;
  }

  dispose(): void {
    this.#xterm.dispose();
  }
}

function frameOf(text: string, cursor: number, columns: number, height = 100): Frame {
  return windowOf(layOut({ prompt: PROMPT, continuation: '> ', text, cursor, columns }), height);
}

/** What a plain text looks like, worked out without the code under test. */
function plainRows(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line, index) => {
    const shown = `${index === 0 ? PROMPT : '> '}${line}`;
    const rows: string[] = [];
    for (let at = 0; at <= shown.length; at += columns) rows.push(shown.slice(at, at + columns).trimEnd());
    return rows;
  });
}

function plainCursor(text: string, cursor: number, columns: number): { row: number; column: number } {
  const before = plainRows(text.slice(0, cursor), columns);
  const line = `${text.lastIndexOf('\n', cursor - 1) < 0 || cursor === 0 ? PROMPT : '> '}${text.slice(0, cursor).split('\n').at(-1)}`;
  return { row: before.length - 1, column: line.length % columns };
}

function trimmed(rows: string[]): string[] {
  const all = [...rows];
  while (all.length > 0 && all.at(-1) === '') all.pop();
  return all;
}

const PLAIN_TEXT = fc.string({ unit: fc.constantFrom(...'abcde fgh|&;\'"/.-_\n'), maxLength: 120 });
const STEP = fc.record({ text: PLAIN_TEXT, cursor: fc.nat({ max: 120 }) });

describe('a line on the screen', () => {
  test('is exactly what is edited, whatever it was before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 40 }),
        fc.array(STEP, { minLength: 1, maxLength: 8 }),
        async (columns, steps) => {
          const screen = new Screen(columns, 200);
          let frame = EMPTY_FRAME;
          for (const { text, cursor: wanted } of steps) {
            const cursor = Math.min(wanted, text.length);
            const next = frameOf(text, cursor, columns, 200);
            await screen.write(painted(frame, next));
            frame = next;
            expect(screen.rows()).toEqual(trimmed(plainRows(text, columns)));
            expect(screen.cursor).toEqual(plainCursor(text, cursor, columns));
          }
          screen.dispose();
        },
      ),
      { numRuns: tries({ byDay: 300, byNight: 5_000 }) },
    );
  });

  const UNICODE = fc.string({
    unit: fc.oneof(
      fc.constantFrom(...'abc 漢字かな한'),
      fc.constantFrom(
        'é',
        'e\u0301',
        '👍',
        '👍🏽',
        '🇩🇪',
        '→',
        'é',
        '\u202e',
        '\u200b',
        '\u00a0',
        '\u0085',
        '\u0301',
        '☃',
      ),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 60,
  });

  test('shows wide letters, marks and emoji, and writes out what cannot be seen', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4, max: 60 }),
        fc.array(UNICODE, { minLength: 1, maxLength: 5 }),
        async (columns, texts) => {
          const screen = new Screen(columns, 200);
          let frame = EMPTY_FRAME;
          for (const given of texts) {
            const text = given.replaceAll(/[\n\t]/g, ' ');
            const next = frameOf(text, text.length, columns, 200);
            await screen.write(painted(frame, next));
            frame = next;
            expect(letters(screen.rows().join(''))).toBe(letters(`${PROMPT}${seenForm(text)}`));
            expect(screen.cursor).toEqual(next.cursor);
          }
          screen.dispose();
        },
      ),
      { numRuns: tries({ byDay: 300, byNight: 5_000 }) },
    );
  });

  test('what cannot be seen is drawn inverse, so that it differs from the same letters when typed', () => {
    expect(painted(EMPTY_FRAME, frameOf('a\u202eb', 3, 80))).toBe(`${PROMPT}a\x1b[7m\\u{202e}\x1b[mb`);
    expect(painted(EMPTY_FRAME, frameOf('a\tb', 3, 80))).toBe(`${PROMPT}a\x1b[7m\\t\x1b[mb`);
    expect(painted(EMPTY_FRAME, frameOf('a\\u{202e}b', 10, 80))).toBe(`${PROMPT}a\\u{202e}b`);
  });

  test('one more letter is one byte, and an unchanged line nothing', () => {
    const before = frameOf('l', 1, 80);
    expect(painted(before, frameOf('ls', 2, 80))).toBe('s');
    expect(painted(before, before)).toBe('');
  });

  test('that is taller than the screen shows the rows around its cursor', async () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    const text = lines.join('\n');
    const screen = new Screen(20, 5);
    let frame = EMPTY_FRAME;
    for (const cursor of [0, text.indexOf('line 15'), text.length, 3, text.indexOf('line 29')]) {
      const next = frameOf(text, cursor, 20, 5);
      await screen.write(painted(frame, next));
      frame = next;
      const here = text.slice(0, cursor).split('\n').length - 1;
      expect(screen.rows(screen.cursor.row)[0]).toContain(`line ${here}`);
      expect(next.rows.length).toBe(5);
    }
    screen.dispose();
  });

  test('stays whole above what follows when it is left', async () => {
    for (const length of [3, 12, 13, 14, 33]) {
      const screen = new Screen(20, 10);
      const text = 'x'.repeat(length);
      const frame = frameOf(text, 1, 20);
      await screen.write(`${painted(EMPTY_FRAME, frame)}${left(frame)}next`);
      expect(screen.rows()).toEqual([...trimmed(plainRows(text, 20)), 'next']);
      screen.dispose();
    }
  });

  test('is taken away without a trace, and what was above it stays', async () => {
    const screen = new Screen(20, 10);
    await screen.write('above\r\n');
    const frame = frameOf('x'.repeat(50), 30, 20);
    await screen.write(`${painted(EMPTY_FRAME, frame)}${erased(frame)}`);
    expect(screen.rows()).toEqual(['above']);
    expect(screen.cursor).toEqual({ row: 1, column: 0 });
    screen.dispose();
  });

  test('after the window got another size the line is there as it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        PLAIN_TEXT,
        fc.nat({ max: 120 }),
        fc.array(fc.integer({ min: 4, max: 60 }), { minLength: 1, maxLength: 4 }),
        async (text, wanted, widths) => {
          const cursor = Math.min(wanted, text.length);
          const screen = new Screen(30, 100);
          let frame = frameOf(text, cursor, 30, 100);
          await screen.write(`top\r\n${painted(EMPTY_FRAME, frame)}`);
          for (const columns of widths) {
            screen.resize(columns, 100);
            const next = frameOf(text, cursor, columns, 100);
            const row = Math.min(frame.cursor.row, rowAfterReflow(frame, columns));
            await screen.write(`${erased(frame, row)}${painted(EMPTY_FRAME, next)}`);
            frame = next;
            const from = screen.cursor.row - frame.cursor.row;
            expect(screen.rows(from)).toEqual(trimmed(plainRows(text, columns)));
            expect(screen.rows()[0]).toBe('top');
          }
          screen.dispose();
        },
      ),
      { numRuns: tries({ byDay: 200, byNight: 3_000 }) },
    );
  });
});

describe('output of a command', () => {
  function shown(...chunks: (string | Uint8Array)[]): string {
    const safe = new SafeOutput();
    const parts = chunks.map((chunk) => safe.push(Buffer.from(chunk as string)));
    return Buffer.concat([...parts, safe.end()]).toString('utf8');
  }

  test('gets carriage returns, and keeps letters of any kind and colours', () => {
    expect(shown('a\nb\r\n\tc')).toBe('a\r\nb\r\r\n\tc');
    expect(shown('é漢👍 Â')).toBe('é漢👍 Â');
    expect(shown('\x1b[31mred')).toBe('\x1b[31mred\x1b[m');
    expect(shown('\x1b[38;5;1mred\x1b[0m')).toBe('\x1b[38;5;1mred\x1b[0m\x1b[m');
  });

  test.each([
    ['\x1b[?1049h\x1b[2;1H', '^[[?1049h^[[2;1H'],
    ['\x1b]0;title\x07', '^[]0;title^G'],
    ['\x1b[6n', '^[[6n'],
    ['\x1bc', '^[c'],
    ['**\x18B00000000000000\r', '**^XB00000000000000\r'],
    ['\u009b2J', '\\u{9b}2J'],
    ['\x1b[31', '^[[31'],
    ['\x0e', '^N'],
  ])('%j is written out as %j, wherever it is cut', (given, expected) => {
    const bytes = Buffer.from(given);
    for (let at = 0; at <= bytes.length; at += 1)
      expect(shown(bytes.subarray(0, at), bytes.subarray(at))).toBe(expected);
  });

  test('any bytes leave no control on the terminal but line ends, tabs, backspaces and colours', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), (chunks) => {
        const safe = new SafeOutput();
        const all = Buffer.concat([...chunks.map((chunk) => safe.push(Buffer.from(chunk))), safe.end()]);
        const text = all.toString('latin1');
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what may not be left
        expect(text.replaceAll(/\x1b\[[\d;:]*m/g, '')).not.toMatch(/[\x00-\x07\x0b\x0c\x0e-\x1f\x7f]/);
        expect(text).not.toMatch(/\xc2[\x80-\x9f]/);
      }),
      { numRuns: tries({ byDay: 1_000, byNight: 20_000 }) },
    );
  });
});
