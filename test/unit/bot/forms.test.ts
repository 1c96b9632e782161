import { describe, expect, test } from 'vitest';
import { approveForLessForm, denyForm, revokeForm } from '../../../src/bot/forms/decision-forms.ts';
import { findingForm } from '../../../src/bot/forms/oversight-forms.ts';
import { breakGlassForm, commentForm, extendForm } from '../../../src/bot/forms/request-life-forms.ts';
import { groupSeat } from '../../../src/core/claim.ts';
import { BOB, grantView, requestFormOf, requestView, reviewView } from './views.ts';

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

function fieldOf(form: ReturnType<typeof requestFormOf>, name: string) {
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
      incident: 'inc-7',
      beneficiary: 'dana@example.com',
      workload: 'orders-migrator',
    };
    const form = requestFormOf(values, {
      requestable: REQUESTABLE,
      incidents: [{ name: 'inc-7', title: 'Payouts hang' }],
      preview: 'needs 1 of sre',
    });
    expect(Object.fromEntries(form.fields.map((field) => [field.name, field.value]))).toEqual(values);
    expect(form.introduction).toBe('needs 1 of sre');
  });

  test('says beside each role of the chosen resource what it takes', () => {
    const form = requestFormOf({ resource: 'orders-db' }, { requestable: REQUESTABLE });
    expect(fieldOf(form, 'role')?.options?.map((option) => option.label)).toEqual([
      'The least that is enough',
      'read: approved automatically',
      'write: needs 1 of sre and 1 of dba',
    ]);
  });

  test('offers every role while no resource is chosen, and chooses none', () => {
    const form = requestFormOf({ resource: 'nonsense', role: 'nonsense' }, { requestable: REQUESTABLE });
    expect(fieldOf(form, 'role')?.options?.map((option) => option.value)).toEqual([
      '',
      'read',
      'write',
      'owner',
    ]);
    expect(fieldOf(form, 'role')?.value).toBe('');
    expect(fieldOf(form, 'resource')?.value).toBeUndefined();
  });

  const INCIDENTS = [
    { name: 'inc-8', title: 'Mail is late' },
    { name: 'inc-7', title: 'Payouts hang' },
  ];

  test('lists open incidents and none', () => {
    const form = requestFormOf({}, { incidents: INCIDENTS });
    expect(fieldOf(form, 'incident')).toMatchObject({
      required: false,
      value: '',
      options: [
        { value: '', label: 'None' },
        { value: 'inc-8', label: '#inc-8: Mail is late' },
        { value: 'inc-7', label: '#inc-7: Payouts hang' },
      ],
    });
  });

  test('is about the incident of its channel, or another, never about none there', () => {
    const form = requestFormOf({}, { incidents: INCIDENTS, incidentHere: 'inc-7' });
    expect(fieldOf(form, 'incident')).toMatchObject({ required: true, value: 'inc-7' });
    expect(fieldOf(form, 'incident')?.options?.map(({ value }) => value)).toEqual(['inc-7', 'inc-8']);
    const chosen = requestFormOf({ incident: 'inc-8' }, { incidents: INCIDENTS, incidentHere: 'inc-7' });
    expect(fieldOf(chosen, 'incident')?.value).toBe('inc-8');
  });

  test('knows the incident of a channel that only its name declares', () => {
    const form = requestFormOf({}, { incidentHere: 'inc-2026-checkout' });
    expect(fieldOf(form, 'incident')?.options).toEqual([
      { value: 'inc-2026-checkout', label: '#inc-2026-checkout' },
    ]);
  });

  test('offers at most a hundred incidents, its own among them', () => {
    const incidents = Array.from({ length: 120 }, (_, index) => ({ name: `inc-${index}`, title: 'x' }));
    const form = requestFormOf({}, { incidents, incidentHere: 'inc-119' });
    expect(fieldOf(form, 'incident')?.options).toHaveLength(100);
    expect(fieldOf(form, 'incident')?.options?.[0]?.value).toBe('inc-119');
  });

  test('asks for an incident and for a workload only where there are any', () => {
    const names = (form: ReturnType<typeof requestFormOf>) => form.fields.map(({ name }) => name);
    expect(names(requestFormOf({}))).not.toContain('incident');
    expect(names(requestFormOf({}))).not.toContain('workload');
    expect(names(requestFormOf({}, { workloads: true }))).toContain('workload');
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
