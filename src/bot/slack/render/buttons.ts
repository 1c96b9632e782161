/** Buttons: what each is called between us and Slack. A click carries an opaque id, and nothing that is believed. */
import type { types } from '@slack/bolt';
import { ACTIONS, type ActionId, type CardAction } from '../../card.ts';
import { texts } from '../../texts/texts.ts';
import { BUTTON_VALUE_CHARACTERS_MAX, BUTTONS_PER_BLOCK_MAX, LABEL_CHARACTERS_MAX } from './limits.ts';
import { plainText } from './text-objects.ts';

/** What only Slack has a button for; each is answered in `src/bot/slack`. */
const OWN_ACTIONS = ['open-in-full', 'ask-for-access', 'open-link'] as const;
export type OwnAction = (typeof OWN_ACTIONS)[number];

export type ClickedAction =
  | { readonly kind: 'act'; readonly action: ActionId }
  | { readonly kind: 'own'; readonly action: OwnAction };

/** @returns null for an action that no button of ours has */
export function readActionId(actionId: string): ClickedAction | null {
  const name = actionId.replace(/\.\d{1,3}$/, '');
  const action = ACTIONS.find((one) => one === name);
  if (action !== undefined) return { kind: 'act', action };
  const own = OWN_ACTIONS.find((one) => one === name);
  return own === undefined ? null : { kind: 'own', action: own };
}

export interface OwnButton {
  readonly kind: 'own';
  readonly action: Exclude<OwnAction, 'open-link'>;
  readonly subject: string;
  readonly label: string;
  readonly style: 'primary' | 'plain';
}

/** What a wrong tap would end at once is asked about first. */
function confirmationOf(action: ActionId): { readonly text: string; readonly yes: string } | null {
  const { shown, buttons } = texts();
  if (action === 'terminate') return { text: shown.confirm.terminate, yes: buttons.terminate };
  return action === 'done' ? { text: shown.confirm.done, yes: buttons.done } : null;
}

/** @returns no block when there are no buttons */
export function actionBlocks(actions: readonly (CardAction | OwnButton)[]): types.ActionsBlock[] {
  const elements = actions.slice(0, BUTTONS_PER_BLOCK_MAX).map(toButton);
  return elements.length === 0 ? [] : [{ type: 'actions', elements: withUniqueIds(elements) }];
}

function toButton(action: CardAction | OwnButton): types.Button {
  const text = plainText(action.label, LABEL_CHARACTERS_MAX);
  if (action.kind === 'link') return { type: 'button', action_id: 'open-link', text, url: action.url };
  const confirmation = action.kind === 'button' ? confirmationOf(action.action) : null;
  return {
    type: 'button',
    action_id: action.action,
    text,
    value: action.subject.slice(0, BUTTON_VALUE_CHARACTERS_MAX),
    ...(action.style === 'plain' ? {} : { style: action.style }),
    ...(confirmation === null ? {} : { confirm: confirm(action.label, confirmation) }),
  };
}

function confirm(title: string, { text, yes }: { text: string; yes: string }): types.ConfirmationDialog {
  return {
    title: plainText(title, 100),
    text: plainText(text, 300),
    confirm: plainText(yes, 30),
    deny: plainText(texts().shown.confirm.back, 30),
    style: 'danger',
  };
}

/** Slack takes an id once in a block: the second `done` is `done.2`. */
function withUniqueIds(buttons: readonly types.Button[]): types.Button[] {
  const seen = new Map<string, number>();
  return buttons.map((button) => {
    const id = button.action_id ?? '';
    const count = (seen.get(id) ?? 0) + 1;
    seen.set(id, count);
    return count === 1 ? button : { ...button, action_id: `${id}.${count}` };
  });
}
