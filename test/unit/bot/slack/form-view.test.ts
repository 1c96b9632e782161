import type { types } from '@slack/bolt';
import { describe, expect, test } from 'vitest';
import { approveForLessForm, denyForm } from '../../../../src/bot/forms/decision-forms.ts';
import { denyPolicyForm } from '../../../../src/bot/forms/oversight-forms.ts';
import type { RequestFormValues } from '../../../../src/bot/forms/request-form.ts';
import { breakGlassForm, commentForm, extendForm } from '../../../../src/bot/forms/request-life-forms.ts';
import { readSubmission, valuesOf, viewOf } from '../../../../src/bot/slack/render/form-view.ts';
import { groupSeat } from '../../../../src/core/claim.ts';
import { HOSTILE_TEXTS } from '../../../support/hostile-texts.ts';
import { shownText } from '../../../support/slack/shown.ts';
import { problemsOfView } from '../../../support/slack/validate.ts';
import { grantView, policyChangeView, requestFormOf, requestView } from '../views.ts';

const PLACE = { channel: 'C012ABCDEF' };
const HOUR_MS = 3_600_000;
const ROLES = [
  { role: 'read', automatic: true, seats: [], durationMaxMs: 4 * HOUR_MS },
  { role: 'write', automatic: false, seats: [groupSeat('dba', 1)], durationMaxMs: HOUR_MS },
];
const resources = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    resource: `db-${index}`,
    kind: 'postgres',
    labels: {},
    roles: index % 2 === 0 ? ROLES : ROLES.slice(0, 1),
  }));
const EMPTY = { resource: '', role: '', duration: '1h', reason: '', ticket: '' };

const requestView250 = (values: Partial<RequestFormValues>): types.ModalView =>
  viewOf(requestFormOf(values, { requestable: resources(250), preview: 'It needs 1 of dba.' }), PLACE);

function inputNamed(view: types.ModalView, name: string): types.InputBlock {
  const found = view.blocks.find(
    (block): block is types.InputBlock => block.type === 'input' && block.block_id?.split(':')[0] === name,
  );
  if (found === undefined) throw new Error(`there is no input ${name}`);
  return found;
}

/** As Slack sends it back when nothing is changed. */
function stateOf(view: types.ModalView): unknown {
  const inputs = view.blocks.filter((block): block is types.InputBlock => block.type === 'input');
  const values = inputs.map((block) => {
    const { element, block_id: id = '' } = block;
    const state =
      element.type === 'plain_text_input'
        ? { type: element.type, value: element.initial_value ?? null }
        : {
            type: element.type,
            selected_option: 'initial_option' in element ? element.initial_option : null,
          };
    return [id, { value: state }] as const;
  });
  return { values: Object.fromEntries(values) };
}

describe('a form as a modal', () => {
  test('comes back with what was filled in, and with what it is about', () => {
    const view = viewOf(
      approveForLessForm(requestView(), { durationMs: 1_800_000, note: 'only & <refunds>' }),
      PLACE,
    );
    const sent = {
      callback_id: view.callback_id,
      private_metadata: view.private_metadata,
      state: stateOf(view),
    };
    expect(readSubmission(sent)).toEqual({
      form: 'approve-for-less',
      subject: 'r-abcd2345',
      place: PLACE,
      values: new Map([
        ['duration', '30m'],
        ['note', 'only & <refunds>'],
      ]),
      picked: new Map(),
    });
  });

  test.each([
    ['a form of somebody else', { callback_id: 'steal', private_metadata: '{"subject":"x","channel":"C1"}' }],
    ['no metadata', { callback_id: 'deny', private_metadata: '' }],
    ['metadata of another kind', { callback_id: 'deny', private_metadata: '{"subject":1}' }],
    ['nothing', null],
  ])('is not read from %s', (_what, view) => {
    expect(readSubmission(view)).toBeNull();
  });

  test('reads nothing from a state that is none', () => {
    expect(valuesOf({ values: [] })).toEqual({ values: new Map(), picked: new Map() });
    expect(valuesOf(undefined)).toEqual({ values: new Map(), picked: new Map() });
  });

  test('has a title of 24 characters, and the rest of it above its fields', () => {
    const view = viewOf(denyPolicyForm(policyChangeView()), PLACE);
    expect(view.title.text).toBe('Deny this change of the…');
    expect(shownText(view.blocks)).toContain('Deny this change of the policy');
  });

  test.each(Object.entries(HOSTILE_TEXTS))('is within the limits with %s in it', (_name, typed) => {
    const request = requestView({ reason: typed, resource: typed, role: typed });
    const comments = [{ author: request.requester, text: typed, platform: 'slack', at: new Date(0) }];
    const forms = [
      denyForm(request),
      approveForLessForm(request, { durationMs: null, note: typed }),
      commentForm({ ...request, comments }),
      extendForm(grantView({ role: typed }), { by: typed, reason: typed, problem: typed }),
      requestFormOf(
        { reason: typed, duration: typed, ticket: typed, beneficiary: typed, workload: typed },
        {
          requestable: resources(3),
          incidents: [{ name: typed, title: typed }],
          incidentHere: typed,
          preview: typed,
        },
      ),
      breakGlassForm({ values: { ...EMPTY, reason: typed }, breakable: resources(3), problem: null }),
    ];
    for (const form of forms) {
      expect(problemsOfView(viewOf(form, PLACE))).toEqual([]);
    }
  });
});

describe('the modal that asks for access', () => {
  test('offers people, and keeps what was typed where Slack has no account for it', () => {
    const picker = inputNamed(viewOf(requestFormOf({}), PLACE), 'beneficiary');
    expect(picker).toMatchObject({ block_id: 'beneficiary', element: { type: 'users_select' } });
    expect(
      inputNamed(viewOf(requestFormOf({ beneficiary: '<@U0DANA>' }), PLACE), 'beneficiary'),
    ).toMatchObject({
      element: { type: 'users_select', initial_user: 'U0DANA' },
    });
    expect(inputNamed(viewOf(requestFormOf({ beneficiary: 'dana' }), PLACE), 'beneficiary')).toMatchObject({
      block_id: 'beneficiary:typed',
      element: { type: 'plain_text_input', initial_value: 'dana' },
    });
  });

  test('tells an account that was picked from one that somebody typed', () => {
    const values = {
      beneficiary: { value: { type: 'users_select', selected_user: 'U0DANA' } },
      reason: { value: { type: 'plain_text_input', value: '<@U0MALLORY>' } },
    };
    expect(valuesOf({ values })).toEqual({
      values: new Map([
        ['beneficiary', ''],
        ['reason', '<@U0MALLORY>'],
      ]),
      picked: new Map([['beneficiary', 'U0DANA']]),
    });
  });

  test('searches resources, since there may be more than Slack lists', () => {
    const { element, dispatch_action: dispatches } = inputNamed(
      requestView250({ resource: 'db-249' }),
      'resource',
    );
    expect(element).toMatchObject({
      type: 'external_select',
      min_query_length: 0,
      initial_option: { value: 'db-249', text: { text: 'db-249 (postgres)' } },
    });
    expect(dispatches).toBe(true);
  });

  test('offers the lengths that the policy allows for what was chosen, and what was typed before', () => {
    const offered = (values: Partial<RequestFormValues>): readonly string[] => {
      const { element } = inputNamed(requestView250(values), 'duration');
      return element.type === 'static_select' ? (element.options ?? []).map(({ value }) => value ?? '') : [];
    };
    expect(offered({ resource: 'db-0', role: 'write' })).toEqual(['5m', '10m', '15m', '30m', '1h']);
    expect(offered({ resource: 'db-0' })).toEqual(['5m', '10m', '15m', '30m', '1h', '2h', '4h']);
    expect(offered({ resource: 'db-0', role: 'write', duration: '45m' })).toContain('45m');
  });

  test('shows other roles in another block, so that Slack keeps none that is not offered any more', () => {
    const idOf = (resource: string) => inputNamed(requestView250({ resource }), 'role').block_id;
    expect(idOf('db-0')).toBe(idOf('db-2'));
    expect(idOf('db-0')).not.toBe(idOf('db-1'));
  });

  test('takes an empty choice as empty', () => {
    const view = requestView250({ resource: 'db-0' });
    expect(valuesOf(stateOf(view)).values.get('role')).toBe('');
    const chosen = requestView250({ resource: 'db-0', role: 'write' });
    expect(valuesOf(stateOf(chosen)).values.get('role')).toBe('write');
  });

  test('is within the limits', () => {
    expect(problemsOfView(requestView250({ resource: 'db-7', role: 'read' }))).toEqual([]);
  });
});
