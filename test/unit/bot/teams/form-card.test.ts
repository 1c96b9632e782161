import { describe, expect, test } from 'vitest';
import { approveForLessForm } from '../../../../src/bot/forms/decision-forms.ts';
import { readClick } from '../../../../src/bot/teams/render/clicks.ts';
import { formCard, refilled } from '../../../../src/bot/teams/render/form.ts';
import { buttonsOf, fieldsOf, textsOfCard } from '../../../support/teams/card-elements.ts';
import { everyForm } from '../every-form.ts';
import { requestFormOf, requestView } from '../views.ts';

const NEW = { stage: 'dialog', problem: null } as const;
const LESS = approveForLessForm(requestView(), { durationMs: 1_800_000, note: 'only & <refunds>' });

/** As Teams sends it back when nothing is changed: without what is empty. */
function submitted(card: unknown, button = 0): unknown {
  const fields = fieldsOf(card).flatMap(({ id, value }) => (value === '' ? [] : [[id, value]]));
  return { ...buttonsOf(card)[button]?.data, ...Object.fromEntries(fields) };
}

describe('a form as a dialog', () => {
  test('comes back with what was filled in, and with what it is about', () => {
    expect(readClick(submitted(formCard(LESS, NEW)))).toEqual({
      kind: 'form',
      form: 'approve-for-less',
      subject: 'r-abcd2345',
      values: new Map([
        ['duration', '30m'],
        ['note', 'only & <refunds>'],
      ]),
    });
  });

  test.each(Object.entries(everyForm('x')))('%s comes back as itself', (id, form) => {
    const click = readClick(submitted(formCard(form, NEW)));
    expect(click).toMatchObject({ kind: 'form', form: id, subject: form.subject });
  });

  test('asks for what is needed, unless a second button has to work without it', () => {
    expect(fieldsOf(formCard(LESS, NEW)).map(({ label, isRequired }) => [label, isRequired])).toEqual([
      ['For how long', true],
      ['Note', false],
    ]);
    const asking = formCard(requestFormOf({}), NEW);
    expect(buttonsOf(asking).map(({ title }) => title)).toEqual(['Ask', 'Check']);
    expect(fieldsOf(asking).some(({ isRequired }) => isRequired)).toBe(false);
    expect(JSON.stringify(asking)).toContain('"label":"Because *"');
  });

  test('tells what is only to be filled in anew from what is submitted', () => {
    const asking = formCard(requestFormOf({ reason: 'payouts hang' }), NEW);
    const click = readClick(submitted(asking, 1));
    expect(click).toMatchObject({ kind: 'refill', form: 'request' });
    expect(click?.kind === 'refill' && click.values.get('reason')).toBe('payouts hang');
  });

  test('comes back as it was filled in, with what is wrong', () => {
    const values = new Map([
      ['duration', '10m'],
      ['note', ''],
    ]);
    const card = formCard(refilled(LESS, values), { stage: 'dialog', problem: 'That is too *long*.' });
    expect(fieldsOf(card).map(({ value }) => value)).toEqual(['10m', '']);
    expect(textsOfCard(card)).toContain('⚠️ That is too *long*.');
  });

  test('knows an empty choice from none', () => {
    const asking = formCard(requestFormOf({ role: '' }), NEW);
    expect(fieldsOf(asking).find(({ id }) => id === 'field-role')?.value).toBe('-');
    const click = readClick({ form: 'request', subject: 'new', 'field-role': '-' });
    expect(click?.kind === 'form' && click.values.get('role')).toBe('');
  });
});

describe('a click', () => {
  test.each([
    ['nothing', undefined],
    ['a text', 'approve'],
    ['an action that there is not', { action: 'drop-everything', subject: 'r-abcd2345' }],
    ['a form that there is not', { form: 'drop-everything', subject: 'r-abcd2345' }],
    ['no subject', { action: 'approve' }],
    ['a subject that is no text', { action: 'approve', subject: { $ne: '' } }],
    ['a subject of 201 characters', { action: 'approve', subject: 'x'.repeat(201) }],
  ])('that says %s is none of ours', (_what, data) => {
    expect(readClick(data)).toBeNull();
  });

  test('takes a subject of 200 characters, and of what was filled in only texts', () => {
    const subject = 'x'.repeat(200);
    expect(readClick({ action: 'approve', subject })).toEqual({ kind: 'act', action: 'approve', subject });
    const click = readClick({ form: 'deny', subject, 'field-reason.2': 'no', 'field-note': 7, reason: 'x' });
    expect(click).toMatchObject({ values: new Map([['reason', 'no']]) });
  });
});
