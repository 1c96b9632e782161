/**
 * A card as a Slack message. Read on a phone from above: what it is, where it stands, what is to be decided about,
 * who, what and why, who decided what, the buttons, and in small print what only some need.
 */
import type { types } from '@slack/bolt';
import type { ActionId, Card, CardAction, CardField } from '../../card.ts';
import { texts } from '../../texts/texts.ts';
import { actionBlocks, type OwnButton } from './buttons.ts';
import { escapeText, escapeToFit, isInert } from './escape.ts';
import {
  BLOCKS_PER_MESSAGE_MAX,
  CONTEXT_ELEMENTS_MAX,
  HEADER_CHARACTERS_MAX,
  MESSAGE_CHARACTERS_MAX,
  NOTIFICATION_CHARACTERS_MAX,
  SECTION_CHARACTERS_MAX,
} from './limits.ts';
import {
  type Detail,
  fieldLines,
  type Line,
  linesToBlocks,
  listLines,
  quotedLine,
  statusLine,
  TONE_MARKS,
} from './lines.ts';
import { context, header, plainText } from './text-objects.ts';
import { excerptOf, fitsOnCard, wholeVerbatim } from './verbatim.ts';

export interface SlackMessage {
  /** For notifications and screen readers; escaped. */
  readonly text: string;
  readonly blocks: types.KnownBlock[];
}

/** From all there is to say down to what must be said. */
const MOST: Detail = { valueCharacters: 1_500, itemCharacters: 500, items: 10 };
const BRIEF: Detail = { valueCharacters: 600, itemCharacters: 250, items: 6 };
const DETAILS: readonly Detail[] = [
  MOST,
  BRIEF,
  { valueCharacters: 250, itemCharacters: 120, items: 3 },
  { valueCharacters: 100, itemCharacters: 60, items: 2 },
];

/** These agree to what a card shows verbatim, so they stand only where all of it is shown. */
const APPROVING: readonly ActionId[] = ['approve-once', 'approve-for-session', 'approve-policy'];

type CardButton = Extract<CardAction, { readonly kind: 'button' }>;

export interface MessageOptions {
  /** Of its blocks, as JSON; less than Slack takes where something else shares the message. */
  readonly charactersMax?: number;
}

export function messageOf(card: Card, options: MessageOptions = {}): SlackMessage {
  const text = escapeToFit(`${TONE_MARKS[card.tone]} ${card.fallback}`, NOTIFICATION_CHARACTERS_MAX);
  return { text, blocks: cardBlocks(card, options) };
}

/** Whether all of what the buttons agree to stands on the card itself. */
export function showsAllOf(card: Card, options: MessageOptions = {}): boolean {
  const isWhole = (card.verbatim ?? []).every(fitsOnCard);
  return isWhole && DETAILS.some((detail) => fits(blocksOf(card, detail, true), options));
}

/** The buttons that agree to what a card shows verbatim. */
export function approvingButtons(card: Card): readonly CardButton[] {
  return card.actions.flatMap((action) =>
    action.kind === 'button' && APPROVING.includes(action.action) ? [action] : [],
  );
}

/** What a card says of its matter, without its heading, its buttons and what it shows verbatim. */
export function factBlocks(card: Card, detail: Detail = MOST): types.KnownBlock[] {
  const quoted = card.fields.filter(({ rank }) => rank === 'quote').map((field) => quotedLine(field, detail));
  const facts = card.fields.filter(({ rank }) => rank === undefined);
  return [
    ...linesToBlocks([...quoted, ...fieldLines(facts, detail)]),
    ...card.lists.flatMap((list) => linesToBlocks(listLines(list, detail))),
  ];
}

export function smallPrint(fields: readonly CardField[], detail: Detail = MOST): types.KnownBlock[] {
  const small = fields.filter(({ rank }) => rank === 'small-print');
  const lines = fieldLines(small, detail);
  const texts = linesToBlocks(lines).flatMap(({ text }) => (text === undefined ? [] : [text]));
  return texts.length === 0 ? [] : [context(texts.slice(0, CONTEXT_ELEMENTS_MAX))];
}

/** A card among others: without its small print and without who decided what so far. */
export function cardInBrief(card: Card): types.KnownBlock[] {
  const whole = showsAllOf(card);
  return [
    ...linesToBlocks([titleLine(card), statusLine(card.status)]),
    ...verbatimBlocks(card, whole),
    ...factBlocks({ ...card, lists: [] }, BRIEF),
    ...actionBlocks(whole ? card.actions : actionsInFull(card)),
  ];
}

function titleLine({ tone, title }: Card): Line {
  const mark = TONE_MARKS[tone];
  return isInert(title)
    ? { kind: 'markup', text: `${mark} *${escapeText(title)}*` }
    : { kind: 'plain', text: `${mark} ${title}` };
}

function cardBlocks(card: Card, options: MessageOptions): types.KnownBlock[] {
  const whole = showsAllOf(card, options);
  let blocks: types.KnownBlock[] = [];
  for (const detail of DETAILS) {
    blocks = blocksOf(card, detail, whole);
    if (fits(blocks, options)) break;
  }
  return blocks;
}

function fits(
  blocks: readonly types.KnownBlock[],
  { charactersMax = MESSAGE_CHARACTERS_MAX }: MessageOptions,
): boolean {
  return blocks.length <= BLOCKS_PER_MESSAGE_MAX && JSON.stringify(blocks).length <= charactersMax;
}

function blocksOf(card: Card, detail: Detail, whole: boolean): types.KnownBlock[] {
  return [
    header(`${TONE_MARKS[card.tone]} ${card.title}`, HEADER_CHARACTERS_MAX),
    ...linesToBlocks([statusLine(card.status)]),
    ...verbatimBlocks(card, whole),
    ...factBlocks(card, detail),
    ...actionBlocks(whole ? card.actions : actionsInFull(card)),
    ...smallPrint(card.fields, detail),
  ];
}

function verbatimBlocks(card: Card, whole: boolean): types.KnownBlock[] {
  const parts = card.verbatim ?? [];
  const omissions = new Set(parts.flatMap(({ omits }) => (omits === null ? [] : [omits])));
  return [
    ...parts.flatMap((part) => (whole ? wholeVerbatim(part) : excerptOf(part))),
    ...[...omissions].map((omission) => context([plainText(`⚠️ ${omission}`, SECTION_CHARACTERS_MAX)])),
  ];
}

/** What nobody has read in full is not agreed to here: its approving buttons stand where all of it is shown. */
function actionsInFull(card: Card): readonly (CardAction | OwnButton)[] {
  const approving = approvingButtons(card);
  const [first] = approving;
  if (first === undefined) return card.actions;
  const open = { kind: 'own', action: 'open-in-full', label: texts().shown.openInFull } as const;
  return [
    { ...open, style: 'primary', subject: first.subject },
    ...card.actions.filter((action) => !isOneOf(approving, action)),
  ];
}

function isOneOf(buttons: readonly CardButton[], action: CardAction): boolean {
  return buttons.some((button) => button === action);
}
