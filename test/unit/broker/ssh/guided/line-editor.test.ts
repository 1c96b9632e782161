import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyDecoder } from '../../../../../src/broker/ssh/guided/keys/key-decoder.ts';
import { LINE_CHARACTERS_MAX } from '../../../../../src/broker/ssh/guided/line/line-buffer.ts';
import { LineEditor } from '../../../../../src/broker/ssh/guided/line/line-editor.ts';
import { isComplete } from '../../../../../src/broker/ssh/guided/shell/continuation.ts';
import { tries } from '../../../../support/thoroughness.ts';

interface Typed {
  /** With `|` where the cursor is. */
  readonly line: string;
  readonly accepted: readonly string[];
  readonly last: string;
}

function typed(...chunks: string[]): Typed {
  const decoder = new KeyDecoder();
  const editor = new LineEditor(isComplete);
  const accepted: string[] = [];
  let last = '';
  for (const key of chunks.flatMap((chunk) => [...decoder.push(Buffer.from(chunk))])) {
    const reaction = editor.press(key);
    last = reaction.kind;
    if (reaction.kind === 'accepted') accepted.push(reaction.text);
  }
  const { text, cursor } = editor.shown;
  return { line: `${text.slice(0, cursor)}|${text.slice(cursor)}`, accepted, last };
}

function lineAfter(...chunks: string[]): string {
  return typed(...chunks).line;
}

const CTRL = (letter: string): string => String.fromCharCode(letter.charCodeAt(0) & 0x1f);
const ALT = (letter: string): string => `\x1b${letter}`;
const UP = '\x1b[A';
const DOWN = '\x1b[B';

describe('keys of emacs', () => {
  test.each([
    ['Ctrl-A', `one two${CTRL('a')}`, '|one two'],
    ['Ctrl-A Ctrl-E', `one two${CTRL('a')}${CTRL('e')}`, 'one two|'],
    ['Ctrl-B', `one${CTRL('b')}${CTRL('b')}x`, 'ox|ne'],
    ['Ctrl-F', `one${CTRL('a')}${CTRL('f')}x`, 'ox|ne'],
    ['Ctrl-H', `one${CTRL('h')}`, 'on|'],
    ['Backspace', 'one\x7f', 'on|'],
    ['Ctrl-D', `one${CTRL('a')}${CTRL('d')}`, '|ne'],
    ['Delete', `one${CTRL('a')}\x1b[3~`, '|ne'],
    ['Ctrl-K', `one two${ALT('b')}${CTRL('k')}`, 'one |'],
    ['Ctrl-U', `one two${ALT('b')}${CTRL('u')}`, '|two'],
    ['Ctrl-W', `ls /a/b c-d${CTRL('w')}`, 'ls /a/b |'],
    ['Ctrl-W Ctrl-Y', `ls c-d${CTRL('w')}x ${CTRL('y')}`, 'ls x c-d|'],
    ['two kills are one', `one two${CTRL('w')}${CTRL('w')}${CTRL('y')}`, 'one two|'],
    ['Alt-B', `one two-x${ALT('b')}${ALT('b')}`, 'one |two-x'],
    ['Alt-F', `one two${CTRL('a')}${ALT('f')}`, 'one| two'],
    ['Alt-D', `one two${CTRL('a')}${ALT('d')}`, '| two'],
    ['Alt-Backspace', 'one two-x\x1b\x7f', 'one two-|'],
    ['Ctrl-T at the end', `ab${CTRL('t')}`, 'ba|'],
    ['Ctrl-T inside', `abc${CTRL('b')}${CTRL('b')}${CTRL('t')}`, 'ba|c'],
    ['undo of typing', `one${CTRL('w')}two\x1f`, '|'],
    ['undo of a kill', `one two${CTRL('u')}\x1f`, 'one two|'],
    ['Home and End', `one\x1b[H>\x1b[F<`, '>one<|'],
    ['Ctrl-Left', `one two\x1b[1;5D`, 'one |two'],
    ['Alt-Enter', 'ls\x1b\rx', 'ls\nx|'],
    ['Left over a letter of several units', `a👍🏽\x1b[Db`, 'ab|👍🏽'],
    ['Backspace over a letter with a mark', 'ae\u0301\x7f', 'a|'],
    ['Backspace over a flag', '🇩🇪🇫🇷\x7f', '🇩🇪|'],
  ])('%s', (_what, bytes, line) => {
    expect(lineAfter(bytes)).toBe(line);
  });

  test('a kill at the end of one line of several takes the line feed', () => {
    expect(lineAfter(`a\x1b\rb${UP}${CTRL('e')}${CTRL('k')}`)).toBe('a|b');
  });

  test('nothing to undo, kill or erase rings', () => {
    for (const bytes of ['\x1f', CTRL('k'), '\x7f', CTRL('y'), CTRL('t'), '\x1b[15~\x1bq'])
      expect(typed(bytes).last).toBe('bell');
  });
});

describe('Enter', () => {
  test.each([
    ['Enter', '\r'],
    ['Ctrl-J', '\n'],
    ['Ctrl-O', '\x0f'],
  ])('and %s give up exactly the line', (_name, key) => {
    expect(typed(`ls -l${key}`)).toEqual({ line: '|', accepted: ['ls -l'], last: 'accepted' });
  });

  test('takes the whole line wherever the cursor is', () => {
    expect(typed(`one two${CTRL('a')}\r`).accepted).toEqual(['one two']);
  });

  test.each([
    ["echo 'a", "b'", "echo 'a\nb'"],
    ['echo "a', 'b"', 'echo "a\nb"'],
    ['ls \\', '-l', 'ls \\\n-l'],
    ['ls &&', 'pwd', 'ls &&\npwd'],
    ['ls |', 'wc', 'ls |\nwc'],
    ['ls ||', 'pwd', 'ls ||\npwd'],
    ["cat <<'E'\ra", 'E', "cat <<'E'\na\nE"],
  ])('goes on after %j', (first, second, whole) => {
    expect(typed(`${first}\r`).accepted).toEqual([]);
    expect(typed(`${first}\r${second}\r`).accepted).toEqual([whole]);
  });

  test('a paste of several lines runs nothing until Enter', () => {
    expect(typed('\x1b[200~one\ntwo\r\nthree\n\x1b[201~')).toMatchObject({
      line: 'one\ntwo\nthree|',
      accepted: [],
    });
    expect(typed('\x1b[200~one\ntwo\n\x1b[201~\r').accepted).toEqual(['one\ntwo']);
  });

  test('of a line of the longest length gives it up, and of a longer one nothing', () => {
    const longest = 'a'.repeat(LINE_CHARACTERS_MAX);
    expect(typed(`${longest}\r`).accepted).toEqual([longest]);
    const tooLong = typed(longest, 'b', 'c', '\r');
    expect(tooLong).toEqual({ line: '|', accepted: [], last: 'too-long' });
    expect(typed(longest, 'b', '\r', 'ls\r').accepted).toEqual(['ls']);
    expect(typed(longest, 'b', '\x03').last).toBe('interrupted');
    expect(typed(`ls \x1b[200~${longest}\x1b[201~`)).toMatchObject({ line: 'ls |', last: 'too-long' });
  });
});

describe('history', () => {
  const lines = 'one\rtwo\rthree\r';

  test('goes up and down, and keeps what was typed below it', () => {
    expect(lineAfter(lines, UP, UP)).toBe('two|');
    expect(lineAfter(lines, 'new', UP, UP, DOWN, DOWN)).toBe('new|');
    expect(lineAfter(lines, CTRL('p'), CTRL('p'), CTRL('n'))).toBe('three|');
    expect(lineAfter(lines, '\x1b<')).toBe('one|');
    expect(typed(lines, UP, UP, UP, UP).last).toBe('bell');
  });

  test('up and Enter runs what is shown', () => {
    expect(typed(lines, `${UP}\r`).accepted.at(-1)).toBe('three');
  });

  test('Ctrl-O runs the line and shows the next one', () => {
    const after = typed(lines, `${UP}${UP}${UP}\x0f`);
    expect(after.accepted.at(-1)).toBe('one');
    expect(after.line).toBe('two|');
  });

  test('moves inside a text of several lines before it leaves it', () => {
    expect(lineAfter(lines, 'ab\x1b\rcd', UP)).toBe('ab|\ncd');
    expect(lineAfter(lines, 'ab\x1b\rcd', UP, UP)).toBe('three|');
    expect(lineAfter('ab\x1b\rcd', UP, DOWN)).toBe('ab\ncd|');
  });

  test('is searched with Ctrl-R', () => {
    expect(lineAfter('cat a\rls b\rcat c\r', CTRL('r'), 'cat')).toBe('|cat c');
    expect(lineAfter('cat a\rls b\rcat c\r', CTRL('r'), 'cat', CTRL('r'))).toBe('|cat a');
    expect(lineAfter('cat a\rls b\rcat c\r', CTRL('r'), 'cat', CTRL('r'), CTRL('s'))).toBe('|cat c');
    expect(typed('cat a\rls b\r', CTRL('r'), 'cat\r').accepted.at(-1)).toBe('cat a');
    expect(lineAfter('cat a\rls b\r', 'x', CTRL('r'), 'cat', CTRL('g'))).toBe('x|');
    expect(lineAfter('cat a\rls b\r', CTRL('r'), 'cat', CTRL('e'), ' z')).toBe('cat a z|');
    expect(typed('cat a\r', CTRL('r'), 'nothing').last).toBe('bell');
  });

  test('keeps no line that begins with a space, and no line twice in a row', () => {
    expect(lineAfter('one\r one\rone\r', UP, UP)).toBe('one|');
    expect(lineAfter('one\r two\r', UP)).toBe('one|');
  });

  test('Alt-. takes the last word', () => {
    expect(lineAfter('cp a /srv/b\r', 'ls \x1b.')).toBe('ls /srv/b|');
  });
});

test('kill, yank and Enter in one packet run the whole line that the screen shows', () => {
  expect(typed(`touch x${CTRL('u')}${CTRL('y')}\r`).accepted).toEqual(['touch x']);
});

test('whatever is typed, a line leaves by a key that ends lines, as it was shown', () => {
  const BYTES = fc.oneof(
    fc.constantFrom(...'abc \'"\\|&<E\r\n'),
    fc.constantFrom(
      '\x01',
      '\x05',
      '\x0b',
      '\x0f',
      '\x12',
      '\x14',
      '\x15',
      '\x17',
      '\x19',
      '\x1f',
      '\x7f',
      UP,
      DOWN,
    ),
    fc.constantFrom(
      '\x1b[D',
      '\x1b[C',
      '\x1bb',
      '\x1bd',
      '\x1b\r',
      '\x1b[200~a\nb\x1b[201~',
      '漢',
      '👍🏽',
      '\u202e',
    ),
  );
  fc.assert(
    fc.property(fc.array(BYTES, { maxLength: 80 }), (parts) => {
      const decoder = new KeyDecoder();
      const editor = new LineEditor(isComplete);
      for (const key of parts.flatMap((part) => [...decoder.push(Buffer.from(part))])) {
        const { text } = editor.shown;
        const reaction = editor.press(key);
        if (reaction.kind === 'accepted') {
          expect(reaction.text).toBe(text);
          expect(key.kind === 'key' && ['Enter', 'C-j', 'C-o'].includes(key.name)).toBe(true);
        }
        const { text: after, cursor } = editor.shown;
        expect(cursor >= 0 && cursor <= after.length).toBe(true);
      }
    }),
    { numRuns: tries({ byDay: 2_000, byNight: 50_000 }) },
  );
});
