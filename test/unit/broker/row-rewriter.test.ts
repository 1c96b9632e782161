import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeDataRow } from '../../../src/broker/postgres/codec/rows.ts';
import { type Replacement, RowRewriter } from '../../../src/broker/postgres/row-rewriter.ts';
import { tries } from '../../support/thoroughness.ts';

const value = fc.option(
  fc.oneof(
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
    fc.integer({ min: 0, max: 200_000 }).map((bytes) => Buffer.alloc(bytes, 7)),
  ),
  { nil: null },
);
const HOW: Readonly<Record<string, Replacement | null>> = {
  pass: null,
  null: { always: null },
  redact: { always: Buffer.from('***') },
  double: { of: (bytes) => Buffer.concat([bytes, bytes]) },
};

function shownAs(cell: Buffer | null, replacement: Replacement | null): Buffer | null {
  if (cell === null || replacement === null) return cell;
  return 'always' in replacement ? replacement.always : replacement.of(cell);
}

describe('RowRewriter', () => {
  it('gives the row that a rewriting value by value gives, however many rows and of whatever size', () => {
    const column = fc.constantFrom(...Object.keys(HOW));
    const result = fc.array(column, { maxLength: 6 }).chain((columns) =>
      fc.record({
        columns: fc.constant(columns),
        rows: fc.array(fc.tuple(...columns.map(() => value)), { maxLength: 12 }),
      }),
    );
    fc.assert(
      fc.property(result, ({ columns, rows }) => {
        const replaces = columns.map((name) => HOW[name] ?? null);
        const rewriter = new RowRewriter(replaces);
        const shown = rows.map((row) => rewriter.rewrite(encodeDataRow(row)));
        const expected = rows.map((row) =>
          encodeDataRow(row.map((cell, index) => shownAs(cell, replaces[index] ?? null))),
        );
        expect(shown.map((row) => row.toString('hex'))).toEqual(expected.map((row) => row.toString('hex')));
      }),
      { numRuns: tries({ byDay: 60, byNight: 2_000 }) },
    );
  });

  it('refuses a row that is cut or changed anywhere but in its values', () => {
    const rewriter = new RowRewriter([null, { always: Buffer.from('***') }]);
    const row = encodeDataRow([Buffer.from('a'), Buffer.from('secret')]);
    for (let length = 5; length < row.length; length += 1) {
      expect(() => rewriter.rewrite(row.subarray(0, length))).toThrow();
    }
    expect(() => rewriter.rewrite(Buffer.concat([row, Buffer.of(0)]))).toThrow();
    expect(() => rewriter.rewrite(encodeDataRow([Buffer.from('a')]))).toThrow('other columns');
    const negative = Buffer.from(row);
    negative.writeInt32BE(-2, 7);
    expect(() => rewriter.rewrite(negative)).toThrow('impossible length');
    expect(rewriter.rewrite(row).toString('hex')).toBe(
      encodeDataRow([Buffer.from('a'), Buffer.from('***')]).toString('hex'),
    );
  });
});
