import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ephemeralRoleName } from '../../../src/core/ephemeral-role.ts';

const person = (email: string): Parameters<typeof ephemeralRoleName>[1] => ({
  kind: 'person',
  name: 'X',
  email,
});

describe('the name of a login on a target', () => {
  test.each([
    ['alice@example.com', 'sp_g-abcd2345_alice'],
    ['Zoë.Ünal+ops@example.com', 'sp_g-abcd2345_zoe.unal_ops'],
    ['"a@b"@example.com', 'sp_g-abcd2345__a_b_'],
    ["o'brien@example.com", 'sp_g-abcd2345_o_brien'],
    [`${'a'.repeat(64)}@example.com`, `sp_g-abcd2345_${'a'.repeat(49)}`],
    ['名前@example.com', 'sp_g-abcd2345___'],
  ])('tells who %s is', (email, name) => {
    expect(ephemeralRoleName('g-abcd2345', person(email))).toBe(name);
  });

  test('of a workload is what it is called, not its owner', () => {
    const workload = { kind: 'workload', name: 'orders-migrator', email: 'dana@example.com' } as const;
    expect(ephemeralRoleName('g-abcd2345', workload)).toBe('sp_g-abcd2345_orders-migrator');
  });

  test('is short and plain enough for PostgreSQL, whatever the person is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (email) => {
        expect(ephemeralRoleName('g-abcd2345', person(email))).toMatch(/^sp_g-abcd2345_[a-z0-9._-]{0,49}$/);
      }),
    );
  });
});
