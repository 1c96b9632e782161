import { describe, expect, test } from 'vitest';
import { renderFields, renderTable } from '../../../src/cli/table.ts';

const plain = { style: (_style: string, text: string) => text };

describe('aligned text', () => {
  test('lines columns up, cuts a long cell and leaves no space at the end', () => {
    const rows = [
      { name: 'a', count: 7, note: 'x'.repeat(80) },
      { name: 'long-name', count: 1_234, note: '' },
    ];
    const text = renderTable(plain, rows, [
      { title: 'NAME', value: (row) => row.name },
      { title: 'COUNT', value: (row) => String(row.count), align: 'right' },
      { title: 'NOTE', value: (row) => row.note },
    ]);
    expect(text.split('\n')).toEqual([
      'NAME       COUNT  NOTE',
      `a              7  ${'x'.repeat(59)}…`,
      'long-name   1234',
    ]);
  });

  test('keeps the lines of a value under each other and leaves out what is not known', () => {
    const text = renderFields(plain, [
      { name: 'Reason', value: 'one\ntwo' },
      { name: 'Ticket', value: null },
      { name: 'For', value: '1h' },
    ]);
    expect(text).toBe('Reason  one\n        two\nFor     1h');
  });

  test('does not let a cell forge another line', () => {
    const text = renderTable(
      plain,
      [{ reason: 'ok\nr-fake  approved' }],
      [{ title: 'REASON', value: (row) => row.reason }],
    );
    expect(text).toBe('REASON\nok r-fake  approved');
  });
});
