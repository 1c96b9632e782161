/** What a form is filled in with, while the form itself changes. */
import { describe, expect, test } from 'vitest';
import type { FormField } from '../../../src/bot/card.ts';
import { carriedOver, startValues } from '../../../src/pages/parts/form-values.ts';

function field(name: string, changes: Partial<FormField> = {}): FormField {
  return { name, label: name, kind: 'text', required: false, charactersMax: 100, ...changes };
}

function choice(name: string, values: readonly string[], changes: Partial<FormField> = {}): FormField {
  const options = values.map((value) => ({ value, label: value }));
  return field(name, { kind: 'select', options, ...changes });
}

describe('a form', () => {
  test('begins with its values, and with the one thing that a list which must be answered offers', () => {
    const fields = [
      field('reason', { value: 'a reason' }),
      choice('resource', ['orders-db'], { required: true }),
      choice('role', ['read'], {}),
      choice('incident', ['one', 'two'], { required: true }),
    ];
    expect(startValues(fields)).toEqual({
      reason: 'a reason',
      resource: 'orders-db',
      role: '',
      incident: '',
    });
  });
});

describe('a form that is made anew', () => {
  const typed = { reason: 'typed meanwhile', role: 'write', resource: 'ord' };

  test('keeps what was typed, whatever it says itself', () => {
    expect(carriedOver([field('reason', { value: 'before' })], typed)).toEqual({ reason: 'typed meanwhile' });
  });

  test('keeps a choice that it still offers, and no other', () => {
    expect(carriedOver([choice('role', ['read', 'write'])], typed)).toEqual({ role: 'write' });
    expect(carriedOver([choice('role', ['', 'read'], { value: '' })], typed)).toEqual({ role: '' });
  });

  test('keeps what was typed into a list that goes on', () => {
    expect(carriedOver([choice('resource', ['a', 'b'], { searched: true })], typed)).toEqual({
      resource: 'ord',
    });
  });

  test('begins fields that it did not have', () => {
    expect(carriedOver([field('ticket', { value: 'OPS-1' })], typed)).toEqual({ ticket: 'OPS-1' });
  });
});
