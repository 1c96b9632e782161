import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenizeSql } from '../../../src/pages/sessions/sql-tokens.ts';

const ofKind = (text: string, kind: string): string[] =>
  tokenizeSql(text)
    .filter((token) => token.kind === kind)
    .map((token) => token.text);

describe('the colouring of SQL', () => {
  it('tells keywords from names, whatever their case', () => {
    expect(ofKind('Select id FROM customers wHeRe true', 'keyword')).toEqual([
      'Select',
      'FROM',
      'wHeRe',
      'true',
    ]);
    expect(ofKind('select selected, from_date from t', 'keyword')).toEqual(['select', 'from']);
  });

  it.each([
    ["'it''s -- no comment'"],
    ["E'a\\'b'"],
    ['$$ select 1; -- inside $$'],
    ['$body$ $$ $body$'],
    ["'never closed"],
    ["U&'\\0061'"],
  ])('takes %s as one string', (literal) => {
    expect(ofKind(`select ${literal}`, 'string')).toEqual([literal]);
  });

  it('tells a parameter from a dollar-quoted string', () => {
    expect(ofKind('select $1, $23', 'parameter')).toEqual(['$1', '$23']);
    expect(ofKind('select $1, $23', 'string')).toEqual([]);
  });

  it('ends a line comment with its line and takes an unclosed block comment to the end', () => {
    expect(ofKind('select 1 -- drop table t\nfrom t', 'comment')).toEqual(['-- drop table t']);
    expect(ofKind('select /* from t', 'comment')).toEqual(['/* from t']);
  });

  it('knows quoted names and numbers', () => {
    expect(ofKind('select "a ""b" from t1 limit 5.5', 'name')).toEqual(['"a ""b"']);
    expect(ofKind('select "a ""b" from t1 limit 5.5', 'number')).toEqual(['5.5']);
  });

  it('loses nothing of any text', () => {
    const pieces = fc.constantFrom(
      "'",
      '"',
      '$$',
      '$a$',
      '--',
      '/*',
      '*/',
      '\n',
      'E',
      '\\',
      'select',
      '1',
      ' ',
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(
          tokenizeSql(text)
            .map((token) => token.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });

  it('leaves a very long text uncoloured, in one piece', () => {
    const text = 'select 1;'.repeat(5_000);
    expect(tokenizeSql(text)).toEqual([{ kind: 'plain', text }]);
  });
});
