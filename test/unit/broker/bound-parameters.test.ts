import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { boundParameters } from '../../../src/broker/postgres/bound-parameters.ts';

const bind = (parameters: readonly (Buffer | null)[]) =>
  boundParameters({ parameterFormats: [], parameters });

describe('recorded parameters', () => {
  it('are what was bound, NULL included', () => {
    expect(bind([Buffer.from('Ada'), null, Buffer.from([0xff])])).toEqual(['Ada', null, '\\xff']);
  });

  it('have a limit together, and what is past it is told by its number, size and hash', () => {
    const values = Array.from({ length: 2_000 }, () => Buffer.alloc(8_000, 0x61));
    const recorded = bind(values);
    expect(recorded.join('').length).toBeLessThan(1_100_000);
    const rest = values.slice(recorded.length - 1);
    const carried = rest.map((value) => Buffer.concat([Buffer.from([0, 0, 0x1f, 0x40]), value]));
    const sha256 = createHash('sha256').update(Buffer.concat(carried)).digest('hex');
    expect(recorded.at(-1)).toBe(
      `… (${rest.length} more parameters, ${rest.length * 8_000} bytes, SHA-256 ${sha256})`,
    );
  });
});
