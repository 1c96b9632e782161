/** Words of texts and of searches. Whether PostgreSQL finds one by the other: test/integration/access/search.test.ts. */
import { describe, expect, test } from 'vitest';
import { excerptOf } from '../../../src/access/search/highlight.ts';
import { lexemesOf } from '../../../src/access/search/lexemes.ts';
import { filterQuery, parseSearch } from '../../../src/access/search/query.ts';
import { wordsOf } from '../../../src/access/search/words.ts';

const namesOf = (text: string): string[] => [...wordsOf(text)].map(({ name }) => name);

describe('words', () => {
  test.each([
    ['SELECT p.card_number', ['select', 'p', 'card_number']],
    ['tail -f /var/log/x.log', ['tail', 'f', 'var', 'log', 'x', 'log']],
    ['from 10.0.0.5 at 2026-11-22', ['from', '10.0.0.5', 'at', '2026-11-22']],
    ["id = '550E8400-e29b-41d4-a716-446655440000'", ['id', '550e8400-e29b-41d4-a716-446655440000']],
    ['größe=“Ünïcode”', ['größe', 'ünïcode']],
    ['= * ; --', []],
  ])('of %s', (text, names) => {
    expect(namesOf(text)).toEqual(names);
  });

  test('are cut where they are blobs, and never in the middle of a character', () => {
    expect(namesOf('a'.repeat(64))[0]).toHaveLength(64);
    expect(namesOf('a'.repeat(65))[0]).toHaveLength(64);
    const [name = ''] = namesOf(`${'a'.repeat(63)}𝒳𝒳`);
    expect(name.isWellFormed()).toBe(true);
  });

  test('know their parts, what they are joined to, and where a path begins', () => {
    const [cat, etc, passwd] = wordsOf('cat /etc/passwd');
    expect([cat?.isRooted, etc?.isRooted, passwd?.isRooted]).toEqual([false, true, false]);
    expect([etc?.joint, passwd?.joint]).toEqual([null, '/']);
    expect([...wordsOf('createdAt card_number')].map(({ parts }) => parts)).toEqual([
      ['created', 'at'],
      ['card', 'number'],
    ]);
  });
});

describe('a search', () => {
  test('of more than twenty words is refused', () => {
    const words = Array.from({ length: 20 }, (_, index) => `w${index}`);
    expect(parseSearch(words.join(' '))).toHaveLength(20);
    expect(() => parseSearch([...words, 'more'].join(' '))).toThrow(/at most 20/);
  });

  test('has no words in what has none, and an open quote ends with the text', () => {
    expect(parseSearch(' - "" * ')).toEqual([]);
    expect(parseSearch('"delete from').map(({ text }) => text)).toEqual(['delete from']);
  });

  test('of one letter and a star is that letter', () => {
    expect(parseSearch('a*')[0]?.query).toBe("('a')");
    expect(parseSearch('ab*')[0]?.query).toBe("('ab':*)");
  });

  test('cannot leave its quotes', () => {
    for (const text of [`it's`, String.raw`a\b`, `'); drop`, 'a & b | !c <-> d:*']) {
      expect(parseSearch(text).every(({ query }) => !/[^<]->|;/.test(query))).toBe(true);
    }
    expect(filterQuery({ table: `o'x`, file: String.raw`/a\b` })).toBe(String.raw`'#t:o''x' & '#f:/a\\b'`);
  });
});

test('the positions of a huge text stay within what PostgreSQL keeps', () => {
  const lexemes = lexemesOf({
    text: 'w '.repeat(20_000),
    parameters: ['beyond'],
    relations: [],
    files: [],
    denied: false,
    held: false,
    masked: false,
  });
  expect(Math.max(...[...lexemes.matchAll(/:(\d+)/g)].map(([, position]) => Number(position)))).toBe(16_382);
});

describe('an excerpt', () => {
  const shown = (text: string, search: string): string =>
    excerptOf({ text, isCut: false, terms: parseSearch(search) })
      .map((piece) => (piece.found ? `[${piece.text}]` : piece.text))
      .join('');

  test.each([
    [
      'select p.card_number from payments p',
      'payments.card_number',
      'select p.[card_number] from payments p',
    ],
    ['cat /etc/nginx/nginx.conf', '/etc/nginx', 'cat /[etc/nginx]/nginx.conf'],
    ['DELETE  FROM orders', '"delete from" order*', '[DELETE  FROM] [orders]'],
    ['select 1', '-select 1', 'select [1]'],
  ])('of %s for %s', (text, search, marked) => {
    expect(shown(text, search)).toBe(marked);
  });

  test('shows the place of a long text, and that it goes on', () => {
    const text = `${'x '.repeat(500)}needle${' y'.repeat(500)}`;
    expect(shown(text, 'needle')).toMatch(/^…x .*\[needle\] y.*…$/);
    expect(excerptOf({ text: 'short', isCut: true, terms: [] })).toEqual([{ text: 'short…', found: false }]);
  });
});
