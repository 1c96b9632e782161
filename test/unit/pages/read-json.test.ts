import { describe, expect, test } from 'vitest';
import { readJson } from '../../../src/pages/http/read-json.ts';

describe('what the pages read from the server', () => {
  test.each([
    ['a right-to-left override', 'drop \u202eelbat', 'drop \\u{202e}elbat'],
    ['an isolate', '\u2066x\u2069', '\\u{2066}x\\u{2069}'],
    ['an escape', '\u001b[2J', '\\u{1b}[2J'],
    ['a one-byte control sequence introducer', '\u009b2J', '\\u{9b}2J'],
    ['a space of no width', 'pay\u200bments', 'pay\\u{200b}ments'],
  ])('shows %s instead of obeying it', (_what, sent, shown) => {
    expect(readJson(JSON.stringify({ rows: [{ text: sent }] }))).toEqual({ rows: [{ text: shown }] });
  });

  test.each(['two\nlines\tand a tab\r\n', 'Grüße, 日本語, שלום', '👩‍👩‍👧 and ❤️', '', '<b>&amp;</b>'])(
    'leaves %j as it is',
    (text) => {
      expect(readJson(JSON.stringify([text]))).toEqual([text]);
    },
  );

  test('keeps what is no text', () => {
    expect(readJson('{"a":[1,null,true],"b":{}}')).toEqual({ a: [1, null, true], b: {} });
  });
});
