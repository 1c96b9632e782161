/**
 * A card as an Adaptive Card. Read on a phone from above: what it is, where it stands, what is to be decided about,
 * why, who and what, who decided what, the buttons, and in small print what only few need.
 *
 * Everybody in a channel sees one card, so that one has the facts and no button that only some may use: a client asks
 * for the view of whoever is named in `refresh`, and everybody else may ask what they can do.
 */
import type { ActionId, Card, CardAction } from '../../card.ts';
import { texts } from '../../texts/texts.ts';
import { buttonRows, type OwnButton, type Stage } from './buttons.ts';
import { type AdaptiveCard, adaptiveCard, container, type Element, type ExecuteAction } from './elements.ts';
import { cut, heading, lookalike, richText, runs, runsWithLocalTimes } from './escape.ts';
import { firstThatFits, fits } from './fit.ts';
import { REFRESHED_PEOPLE_MAX, SUMMARY_CHARACTERS_MAX, TITLE_CHARACTERS_MAX } from './limits.ts';
import {
  DETAILS,
  type Detail,
  fieldLines,
  listElements,
  quoted,
  smallPrint,
  TONE_MARKS,
  TONE_STYLES,
} from './lines.ts';
import { excerptOf, fitsOnCard, wholeVerbatim } from './verbatim.ts';

export type CardView =
  /** For one person, with the buttons of theirs that the card has; or for a conversation that only they read. */
  | { readonly kind: 'own'; readonly stage: Stage }
  | {
      readonly kind: 'shared';
      /** What the card is of, as it comes back when somebody's own view is asked for; null when there is none. */
      readonly target: string | null;
      /** Those whose clients ask by themselves, by the ids that Teams gave our bot for them. */
      readonly userIds: readonly string[];
    };

export interface TeamsMessage {
  readonly type: 'message';
  /** For notifications. */
  readonly summary: string;
  readonly attachments: readonly [
    { readonly contentType: 'application/vnd.microsoft.card.adaptive'; readonly content: AdaptiveCard },
  ];
}

/** These agree to what a card shows verbatim, so they stand only where all of it is shown. */
const APPROVING: readonly ActionId[] = ['approve-once', 'approve-for-session', 'approve-policy'];

type CardButton = Extract<CardAction, { readonly kind: 'button' }>;

export function messageOf(card: Card, view: CardView): TeamsMessage {
  return messageWith(cardIn(card, view), card.fallback);
}

/** @param summary in plain words; what could be markup is taken out of it */
export function messageWith(content: AdaptiveCard, summary: string): TeamsMessage {
  return {
    type: 'message',
    summary: lookalike(summary, SUMMARY_CHARACTERS_MAX),
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }],
  };
}

export function cardIn(card: Card, view: CardView): AdaptiveCard {
  const whole = showsAllOf(card);
  return firstThatFits(DETAILS, (detail) =>
    adaptiveCard(elementsOf(card, { detail, whole, view }), refreshOf(view)),
  );
}

/** Whether all of what the buttons agree to stands on the card itself. */
export function showsAllOf(card: Card): boolean {
  const view = { kind: 'own', stage: 'message' } as const;
  return (
    (card.verbatim ?? []).every(fitsOnCard) &&
    DETAILS.some((detail) => fits(adaptiveCard(elementsOf(card, { detail, whole: true, view }))))
  );
}

/**
 * Every character of what a card shows verbatim, and after it the buttons that agree to it; for a dialog.
 * @param card as it stands now; without approving buttons when even this does not show all of it
 */
export function cardInFull(card: Card): AdaptiveCard {
  const verbatim = card.verbatim ?? [];
  const rows = (actions: readonly CardAction[]) => buttonRows(actions, 'dialog');
  const head = headOf(card);
  const full = adaptiveCard([
    head,
    ...verbatim.map(wholeVerbatim),
    ...factsOf(card, DETAILS[0]),
    ...rows(card.actions),
  ]);
  if (fits(full) && verbatim.every(({ omits }) => omits === null)) return full;
  const elsewhere = richText(runs(`⚠️ ${texts().teams.tooLong}`));
  const links = card.actions.filter((action) => action.kind === 'link');
  return adaptiveCard([head, elsewhere, ...rows(links)]);
}

/** A card's parts, to stand among others. */
export function elementsOf(
  card: Card,
  how: { readonly detail: Detail; readonly whole: boolean; readonly view: CardView },
): readonly Element[] {
  const { detail, whole, view } = how;
  return [
    headOf(card),
    ...verbatimElements(card, whole),
    ...factsOf(card, detail),
    ...buttonRows(actionsIn(card, { whole, view }), view.kind === 'own' ? view.stage : 'message'),
    ...smallPrint(
      card.fields.filter(({ rank }) => rank === 'small-print'),
      detail,
    ),
  ];
}

function headOf({ tone, title, status }: Card): Element {
  const state = status.trim() === '' ? [] : [richText(runsWithLocalTimes(status), 'small')];
  return container([heading(TONE_MARKS[tone], cut(title, TITLE_CHARACTERS_MAX)), ...state], {
    style: TONE_STYLES[tone],
    bleed: true,
  });
}

function verbatimElements(card: Card, whole: boolean): readonly Element[] {
  const parts = card.verbatim ?? [];
  const omissions = new Set(parts.flatMap(({ omits }) => (omits === null ? [] : [omits])));
  return [
    ...parts.flatMap((part) => (whole ? [wholeVerbatim(part)] : excerptOf(part))),
    ...[...omissions].map((omission) => richText(runs(`⚠️ ${omission}`), 'small')),
  ];
}

function factsOf(card: Card, detail: Detail): readonly Element[] {
  const quotes = card.fields.filter(({ rank }) => rank === 'quote');
  const facts = card.fields.filter(({ rank }) => rank === undefined);
  return [
    ...quotes.map((field) => quoted(field, detail)),
    ...fieldLines(facts, detail),
    ...card.lists.flatMap((list) => listElements(list, detail)),
  ];
}

function actionsIn(
  card: Card,
  { whole, view }: { readonly whole: boolean; readonly view: CardView },
): readonly (CardAction | OwnButton)[] {
  const allowed = whole ? card.actions : actionsInFull(card);
  if (view.kind === 'own') return allowed;
  const links = allowed.filter((action) => action.kind === 'link');
  if (view.target === null || links.length === allowed.length) return links;
  return [viewButton(view.target), ...links];
}

function viewButton(target: string): OwnButton {
  return { kind: 'own', action: 'view', subject: target, label: texts().teams.view, style: 'plain' };
}

/** What nobody has read in full is not agreed to here: its approving buttons stand where all of it is shown. */
function actionsInFull(card: Card): readonly (CardAction | OwnButton)[] {
  const approving = card.actions.filter(
    (action): action is CardButton => action.kind === 'button' && APPROVING.includes(action.action),
  );
  const [first] = approving;
  if (first === undefined) return card.actions;
  const open = { kind: 'own', action: 'open-in-full', label: texts().shown.openInFull } as const;
  const others = card.actions.filter((action) => !approving.some((one) => one === action));
  return [{ ...open, style: 'primary', subject: first.subject }, ...others];
}

/** Teams refreshes for nobody by itself unless it is told for whom. */
function refreshOf(view: CardView): Pick<AdaptiveCard, 'refresh'> {
  if (view.kind === 'own' || view.target === null || view.userIds.length === 0) return {};
  const action: ExecuteAction = {
    type: 'Action.Execute',
    title: texts().teams.view,
    verb: 'view',
    data: { action: 'view', subject: view.target },
  };
  return { refresh: { action, userIds: view.userIds.slice(0, REFRESHED_PEOPLE_MAX) } };
}
