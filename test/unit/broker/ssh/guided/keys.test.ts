import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Key } from '../../../../../src/broker/ssh/guided/keys/key.ts';
import { KeyDecoder, PASTE_BYTES_MAX } from '../../../../../src/broker/ssh/guided/keys/key-decoder.ts';
import { tries } from '../../../../support/thoroughness.ts';

/** Keys without where a run of letters was cut. */
function joined(keys: readonly Key[]): Key[] {
  const all: Key[] = [];
  for (const key of keys) {
    const last = all.at(-1);
    if (key.kind === 'text' && last?.kind === 'text')
      all[all.length - 1] = { kind: 'text', text: last.text + key.text };
    else all.push(key);
  }
  return all;
}

function decoded(...chunks: (string | Uint8Array)[]): Key[] {
  const decoder = new KeyDecoder();
  return joined(
    chunks.flatMap((chunk) => [...decoder.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)]),
  );
}

function names(...chunks: string[]): string[] {
  return decoded(...chunks).map((key) => (key.kind === 'key' ? key.name : `${key.kind}:${key.text}`));
}

describe('keys', () => {
  test('are what they are: Enter, Ctrl-J and Ctrl-O are three keys', () => {
    expect(names('ls\r', 'ls\n', 'ls\x0f')).toEqual(['text:ls', 'Enter', 'text:ls', 'C-j', 'text:ls', 'C-o']);
  });

  test('a line feed behind a carriage return is the end of the same line, cut or not', () => {
    expect(names('a\r\nb')).toEqual(['text:a', 'Enter', 'text:b']);
    expect(names('a\r', '\nb')).toEqual(['text:a', 'Enter', 'text:b']);
    expect(names('a\r\n\n')).toEqual(['text:a', 'Enter', 'C-j']);
  });

  test.each([
    ['\x1b[A', 'Up'],
    ['\x1bOA', 'Up'],
    ['\x1b[D', 'Left'],
    ['\x1b[1~', 'Home'],
    ['\x1b[H', 'Home'],
    ['\x1bOF', 'End'],
    ['\x1b[3~', 'Delete'],
    ['\x1b[1;5C', 'C-Right'],
    ['\x1b[1;3D', 'M-Left'],
    ['\x1bb', 'M-b'],
    ['\x1b\x7f', 'M-Backspace'],
    ['\x1b\x1b[A', 'Up'],
    ['\x1b\r', 'M-Enter'],
    ['\x7f', 'Backspace'],
    ['\x08', 'Backspace'],
    ['\x1f', 'C-_'],
    ['\x1c', 'C-\\'],
    ['\x00', 'C-`'],
  ])('%j is %s', (bytes, name) => {
    expect(names(bytes)).toEqual([name]);
  });

  test.each([
    ['a position', '\x1b[24;80R'],
    ['what the terminal is', '\x1b[?62;22c'],
    ['a function key', '\x1b[15~'],
    ['a function key of the console', '\x1b[[A'],
    ['focus', '\x1b[I'],
    ['a mouse', '\x1b[M !!'],
    ['a mouse in numbers', '\x1b[<0;10;10M'],
    ['a colour', '\x1b]11;rgb:0000/0000/0000\x07'],
    ['a colour with another end', '\x1b]11;rgb:0000/0000/0000\x1b\\'],
    ['a setting', '\x1bP1$r0m\x1b\\'],
    ['an unknown single shift', '\x1bOz'],
  ])('%s is swallowed whole, wherever it is cut', (_what, bytes) => {
    for (let at = 0; at <= bytes.length; at += 1)
      expect(names('l', bytes.slice(0, at), bytes.slice(at), 's')).toEqual(['text:ls']);
  });

  test('an answer of the terminal cannot press Enter', () => {
    expect(names('\x1b]0;touch x\rls')).toEqual(['text:ls']);
    expect(names('\x1bPtouch x\nls')).toEqual(['text:ls']);
  });

  test('a control character ends a broken sequence and counts', () => {
    expect(names('\x1b[12\x03', 'a')).toEqual(['C-c', 'text:a']);
    expect(names('\x1b[1\x1b[A')).toEqual(['Up']);
  });

  test('letters of several bytes stay whole wherever they are cut', () => {
    const bytes = Buffer.from('é漢👍🏽');
    for (let at = 0; at <= bytes.length; at += 1)
      expect(decoded(bytes.subarray(0, at), bytes.subarray(at))).toEqual([{ kind: 'text', text: 'é漢👍🏽' }]);
  });

  test('what is no UTF-8 is shown as such, and keys behind it count', () => {
    expect(names('\x1b[A', 'x')).toEqual(['Up', 'text:x']);
    expect(decoded(Uint8Array.of(0xc3, 0x0d))).toEqual([
      { kind: 'text', text: '\ufffd' },
      { kind: 'key', name: 'Enter' },
    ]);
  });
});

describe('a paste', () => {
  const paste = (text: string): string => `\x1b[200~${text}\x1b[201~`;

  test('is one key with the line ends of any system, and runs nothing', () => {
    expect(decoded(paste('a\r\nb\rc\n'), '\r')).toEqual([
      { kind: 'paste', text: 'a\nb\nc' },
      { kind: 'key', name: 'Enter' },
    ]);
  });

  test('is the same wherever it is cut', () => {
    const bytes = Buffer.from(`x${paste('é 1\n2\x1b[A')}y`);
    const whole = decoded(bytes);
    for (let at = 0; at <= bytes.length; at += 1)
      expect(decoded(bytes.subarray(0, at), bytes.subarray(at))).toEqual(whole);
    expect(whole[1]).toEqual({ kind: 'paste', text: 'é 1\n2\x1b[A' });
  });

  test('of the longest length is taken, and of one byte more nothing is', () => {
    const most = 'a'.repeat(PASTE_BYTES_MAX);
    expect(decoded(paste(most)).map((key) => key.kind === 'paste' && key.text?.length)).toEqual([
      PASTE_BYTES_MAX,
    ]);
    for (const more of ['a', 'aaaaaa', 'aaaaaaa', most])
      expect(names(paste(`${most}${more}`), 'b')).toEqual(['paste:null', 'text:b']);
  });

  test('that never ends is left by Ctrl-C', () => {
    expect(names('\x1b[200~rm -rf /\r', '\x03')).toEqual(['C-c']);
  });
});

test('any bytes, cut anywhere, are the same keys', () => {
  const BYTE = fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(0x1b, 0x5b, 0x4f, 0x0d, 0x0a, 0x7e, 0x3b, 0x32, 0x30, 0x31, 0x5d, 0x50, 0x4d, 0xc3, 0xa9),
  );
  fc.assert(
    fc.property(fc.array(BYTE, { maxLength: 200 }), fc.array(fc.nat({ max: 200 })), (bytes, cuts) => {
      const all = Uint8Array.from(bytes);
      const at = [...new Set(cuts.filter((cut) => cut <= bytes.length))].sort((one, other) => one - other);
      const parts = [0, ...at].map((from, index) => all.subarray(from, at[index] ?? bytes.length));
      // The last character may wait for the rest of its bytes.
      const end = Uint8Array.of(0x03);
      expect(decoded(...parts, end)).toEqual(decoded(all, end));
    }),
    { numRuns: tries({ byDay: 2_000, byNight: 50_000 }) },
  );
});
