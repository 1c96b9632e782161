import { describe, expect, test } from 'vitest';
import { approveForLessForm, denyForm, revokeForm } from '../../../src/bot/forms/decision-forms.ts';
import { findingForm } from '../../../src/bot/forms/oversight-forms.ts';
import { requestForm } from '../../../src/bot/forms/request-form.ts';
import { breakGlassForm, commentForm, extendForm } from '../../../src/bot/forms/request-life-forms.ts';
import { groupSeat } from '../../../src/core/claim.ts';
import { BOB, grantView, requestView, reviewView } from './views.ts';

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
const EMPTY = { resource: '', role: '', duration: '1h', reason: '', ticket: '', beneficiary: '' };

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
      beneficiary: 'orders-migrator',
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

describe('the forms of a request that lives on', () => {
  test('say until when the access lasts, and come back with what was typed and what is wrong', () => {
    const form = extendForm(grantView(), { by: '9h', reason: 'not through', problem: 'That is too long.' });
    expect(form.introduction).toBe(
      'read on orders-db (g-abcd2345) lasts until 2026-11-21 13:00 UTC. That is too long.',
    );
    expect(form.fields.map(({ value }) => value)).toEqual(['9h', 'not through']);
  });

  test('an emergency says what follows from it, and asks for a reason', () => {
    const values = { resource: 'orders-db', role: '', duration: '30m', reason: '', ticket: '' };
    const form = breakGlassForm({ values, breakable: REQUESTABLE, problem: null });
    expect(form.introduction).toContain('others review it afterwards');
    expect(form.fields.find(({ name }) => name === 'reason')?.required).toBe(true);
  });

  test('a comment is written below what was said last, without anything that reorders it', () => {
    const said = { author: BOB, text: 'which table?\u202e', platform: 'web', at: new Date() };
    expect(commentForm(requestView({ comments: [said] })).introduction).toBe(
      'Alice (alice@example.com) asks for read on orders-db for 1h.\nBecause: payouts hang\nBob said: which table?\ufffd',
    );
  });

  test('a denial of an extension says what is asked for', () => {
    const asked = denyForm(requestView({ kind: 'extension', durationMs: 1_800_000 }));
    expect(asked.introduction).toContain('asks for 30m more of read on orders-db.');
  });

  test('a finding repeats what was taken and why', () => {
    const form = findingForm(reviewView(), 'unjustified');
    expect(form).toMatchObject({ id: 'find-unjustified', subject: 'v-abcd2345' });
    expect(form.introduction).toBe(
      'Alice (alice@example.com) took write on orders-db without approval.\nBecause: checkout is down',
    );
  });
});
