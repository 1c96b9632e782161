/**
 * Buttons, and what a click on one says. A click carries an opaque id and nothing that is believed. What is done at
 * once is an `Action.Execute`; what asks for something first opens a dialog; a reason is typed under its button.
 */
import type { ActionId, CardAction, FormField } from '../../card.ts';
import { becauseField } from '../../forms/fields.ts';
import type { FormId } from '../../forms/form-ids.ts';
import { texts } from '../../texts/texts.ts';
import type { Action, ActionSet, ClickData, InnerCard } from './elements.ts';
import { cut, richText, runs } from './escape.ts';
import { inputsOf } from './inputs.ts';
import {
  BUTTON_LABEL_CHARACTERS_MAX,
  BUTTON_PADDING_CHARACTERS,
  BUTTONS_MAX,
  BUTTONS_PER_ROW_MAX,
  ROW_CHARACTERS_MAX,
  SUBJECT_CHARACTERS_MAX,
} from './limits.ts';

/** What only Teams has a button for; each is answered in `src/bot/teams`. */
export const OWN_ACTIONS = ['view', 'open-in-full'] as const;
export type OwnAction = (typeof OWN_ACTIONS)[number];

export interface OwnButton {
  readonly kind: 'own';
  readonly action: OwnAction;
  readonly subject: string;
  readonly label: string;
  readonly style: 'primary' | 'plain';
}

/** Where a button stands: a dialog opens no other and knows no `Action.Execute`. */
export type Stage = 'message' | 'dialog';

/** Answered with a form, with something long, or with a secret, for which the card itself is no place. */
const OPENS_DIALOG: ReadonlySet<ActionId | OwnAction> = new Set([
  'approve-for-less',
  'again',
  'comment',
  'reveal',
  'extend',
  'revoke',
  'replay',
  'find-justified',
  'find-unjustified',
  'unfreeze',
  'timeline',
  'report',
  'transcript',
  'recording',
  'link-account',
  'show-link-code',
  'open-in-full',
]);

/** A reason is all that these ask for. */
function reasonFor(action: ActionId): { readonly form: FormId; readonly field: FormField } | null {
  const { forms } = texts();
  switch (action) {
    case 'deny':
      return { form: action, field: becauseField(forms.deny.reasonHint) };
    case 'deny-command':
      return { form: action, field: becauseField(forms.denyCommand.reasonHint) };
    case 'deny-policy':
      return { form: action, field: becauseField(forms.denyPolicy.reasonHint) };
    case 'refuse-consent':
      return { form: action, field: becauseField(forms.refuseConsent.reasonHint) };
    default:
      return null;
  }
}

/** What a wrong tap would end at once is asked about first. */
function confirmationOf(action: ActionId): string | null {
  const { confirm } = texts().shown;
  return action === 'terminate' || action === 'done' ? confirm[action] : null;
}

/** In rows that a phone has room for: what is too long is cut by one client and scrolled out of sight by another. */
export function buttonRows(actions: readonly (CardAction | OwnButton)[], stage: Stage): readonly ActionSet[] {
  const rows: Action[][] = [];
  let room = 0;
  for (const [index, action] of actions.slice(0, BUTTONS_MAX).entries()) {
    const button = toButton(action, { stage, index });
    const width = button.title.length + BUTTON_PADDING_CHARACTERS;
    const row = rows.at(-1);
    if (row !== undefined && width <= room && row.length < BUTTONS_PER_ROW_MAX) {
      row.push(button);
      room -= width;
    } else {
      rows.push([button]);
      room = ROW_CHARACTERS_MAX - width;
    }
  }
  return rows.map((row, index) => ({
    type: 'ActionSet',
    actions: row,
    spacing: index === 0 ? 'medium' : 'small',
  }));
}

function toButton(
  button: CardAction | OwnButton,
  { stage, index }: { readonly stage: Stage; readonly index: number },
): Action {
  const title = cut(button.label, BUTTON_LABEL_CHARACTERS_MAX);
  if (button.kind === 'link') return { type: 'Action.OpenUrl', title, url: button.url };
  const looks = { title, ...styleOf(button.style) };
  const { action, subject } = button;
  const click = clickAction({ looks, data: { action, subject }, stage, opens: OPENS_DIALOG.has(action) });
  if (button.kind === 'own') return click;
  const why = reasonFor(button.action);
  if (why !== null) {
    const data = { action, form: why.form, subject };
    const inputs = inputsOf([why.field], { suffix: String(index), enforced: true });
    const submit = clickAction({ looks, data, stage, opens: false });
    return { type: 'Action.ShowCard', ...looks, card: unfolded([...inputs], submit) };
  }
  const confirmation = confirmationOf(button.action);
  if (confirmation === null) return click;
  return { type: 'Action.ShowCard', ...looks, card: unfolded([richText(runs(confirmation))], click) };
}

function unfolded(body: InnerCard['body'], action: Action): InnerCard {
  return { type: 'AdaptiveCard', body, actions: [action] };
}

function styleOf(style: 'primary' | 'danger' | 'plain'): Pick<Action, 'style'> {
  if (style === 'plain') return {};
  return { style: style === 'primary' ? 'positive' : 'destructive' };
}

/** @param click.opens whether its answer is shown in a dialog */
export function clickAction(click: {
  readonly looks: Pick<Action, 'title' | 'style'>;
  readonly data: ClickData & ({ readonly action: string } | { readonly form: string });
  readonly stage: Stage;
  readonly opens: boolean;
}): Action {
  const { looks, stage, opens } = click;
  const { subject } = click.data;
  if (typeof subject !== 'string' || subject.length > SUBJECT_CHARACTERS_MAX) {
    throw new RangeError('The subject of a button is too long.');
  }
  if (stage === 'dialog') return { type: 'Action.Submit', ...looks, data: click.data };
  if (opens) {
    return { type: 'Action.Submit', ...looks, data: { ...click.data, msteams: { type: 'task/fetch' } } };
  }
  const verb = 'action' in click.data ? click.data.action : 'form';
  return { type: 'Action.Execute', ...looks, verb: String(verb), data: click.data };
}
