import { describe, expect, test } from 'vitest';
import { approveForLessForm, denyForm, revokeForm } from '../../../src/bot/forms/decision-forms.ts';
import { requestForm } from '../../../src/bot/forms/request-form.ts';
import { groupSeat } from '../../../src/core/claim.ts';
import { grantView, requestView } from './views.ts';

const SEATS = [groupSeat('sre', 1), groupSeat('dba', 1)];
const REQUESTABLE = [
  {
    resource: 'orders-db',
    kind: 'postgres',
    labels: {},
    roles: [
      { role: 'read', automatic: true, seats: [], durationMaxMs: 3_600_000 },
      { role: 'write', automatic: false, seats: SEATS, durationMaxMs: 3_600_000 },
    ],
  },
  {
    resource: 'billing-db',
    kind: 'postgres',
    labels: {},
    roles: [{ role: 'owner', automatic: false, seats: SEATS, durationMaxMs: 3_600_000 }],
  },
];
const EMPTY = { resource: '', role: '', duration: '1h', reason: '', ticket: '' };

function fieldOf(form: ReturnType<typeof requestForm>, name: string) {
  return form.fields.find((field) => field.name === name);
}

describe('the form that asks for access', () => {
  test('comes back as it was filled in', () => {
    const values = {
      resource: 'orders-db',
      role: 'write',
      duration: '30m',
      reason: 'it hangs',
      ticket: 'OPS-1',
    };
    const form = requestForm({ values, requestable: REQUESTABLE, preview: 'needs 1 of sre' });
    expect(Object.fromEntries(form.fields.map((field) => [field.name, field.value]))).toEqual(values);
    expect(form.introduction).toBe('needs 1 of sre');
  });

  test('says beside each role of the chosen resource what it takes', () => {
    const form = requestForm({
      values: { ...EMPTY, resource: 'orders-db' },
      requestable: REQUESTABLE,
      preview: '',
    });
    expect(fieldOf(form, 'role')?.options?.map((option) => option.label)).toEqual([
      'The least that is enough',
      'read: approved automatically',
      'write: needs 1 of sre and 1 of dba',
    ]);
  });

  test('offers every role while no resource is chosen, and chooses none', () => {
    const form = requestForm({
      values: { ...EMPTY, resource: 'nonsense', role: 'nonsense' },
      requestable: REQUESTABLE,
      preview: '',
    });
    expect(fieldOf(form, 'role')?.options?.map((option) => option.value)).toEqual([
      '',
      'read',
      'write',
      'owner',
    ]);
    expect(fieldOf(form, 'role')?.value).toBe('');
    expect(fieldOf(form, 'resource')?.value).toBeUndefined();
  });
});

describe('the forms of an approver', () => {
  test('repeat what is decided, without anything that reorders it', () => {
    const form = denyForm(requestView({ reason: 'it hangs\u202e' }));
    expect(form.introduction).toBe(
      'Alice (alice@example.com) asks for read on orders-db for 1h.\nBecause: it hangs\ufffd\nStill needed: 1 of sre and 1 of dba.',
    );
  });

  test('offer only less time than was asked for', () => {
    const form = approveForLessForm(requestView(), { durationMs: null, note: null });
    expect(form.fields[0]).toMatchObject({ kind: 'select', value: '30m' });
    expect(form.fields[0]?.options?.map((option) => option.value)).toEqual(['5m', '10m', '15m', '30m']);
  });

  test('offer the time that was typed', () => {
    const form = approveForLessForm(requestView(), { durationMs: 2_700_000, note: 'only refunds' });
    expect(form.fields[0]).toMatchObject({ kind: 'select', value: '45m' });
    expect(form.fields[1]).toMatchObject({ name: 'note', value: 'only refunds' });
  });

  test('ask in words when no round time is shorter', () => {
    const form = approveForLessForm(requestView({ durationMs: 300_000 }), { durationMs: null, note: null });
    expect(form.fields[0]).toMatchObject({ kind: 'text', placeholder: 'Less than 5m' });
  });

  test('name whose access is revoked', () => {
    expect(revokeForm(grantView()).introduction).toContain(
      'Alice (alice@example.com) holds read on orders-db',
    );
  });
});
