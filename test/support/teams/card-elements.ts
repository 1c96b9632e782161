/** What somebody finds on an Adaptive Card: texts, buttons and fields. */
import { z } from 'zod';
import type { Json } from './connector.ts';

export const RECORD: z.ZodType<Json> = z.record(z.string(), z.unknown());

export interface CardButton {
  readonly title: string;
  readonly type: string;
  readonly verb: string;
  readonly data: Json;
  readonly url: string;
  /** The fields that are sent along: of its own card and of those around it. */
  readonly fields: readonly CardField[];
}

export interface CardField {
  readonly id: string;
  readonly type: string;
  readonly label: string;
  readonly value: string;
  readonly isRequired: boolean;
  readonly isMultiSelect: boolean;
  readonly choices: readonly { readonly title: string; readonly value: string }[];
  /** The dataset of a field whose other choices are searched for. */
  readonly dataset: string | null;
}

/** Every button there is to press, in the order of reading. */
export function buttonsOf(card: unknown): readonly CardButton[] {
  return buttonsIn(card, fieldsOf(card));
}

/** The fields of a card, without those of the cards that its buttons open. */
export function fieldsOf(card: unknown): readonly CardField[] {
  return elementsIn(card).flatMap((element) => fieldOf(element) ?? []);
}

/** Everything that is read on it, with the titles of its buttons. */
export function textsOfCard(card: unknown): string {
  const texts: string[] = [];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const one of value) collect(one);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    if ('inlines' in value) {
      texts.push(lineOf(listOf(value.inlines)));
      return;
    }
    for (const [key, one] of Object.entries(value)) {
      if (typeof one === 'string' && READ.has(key)) texts.push(one);
      else collect(one);
    }
  };
  collect(card);
  return texts.join('\n');
}

/** Of the runs of one text; blanks are sent as ones that no client leaves out. */
function lineOf(inlines: readonly unknown[]): string {
  return inlines
    .map((run) => textOf(RECORD.parse(run), 'text'))
    .join('')
    .replace(/^\u00a0$/gm, '')
    .replaceAll('\u00a0', ' ')
    .replaceAll('\u200b', '');
}

const READ: ReadonlySet<string> = new Set(['text', 'title', 'label', 'value', 'placeholder', 'fallbackText']);
const HAS_ACTIONS: ReadonlySet<string> = new Set(['ActionSet', 'AdaptiveCard']);

function buttonsIn(card: unknown, around: readonly CardField[]): readonly CardButton[] {
  const actions = elementsIn(card).flatMap((element) => [
    ...(HAS_ACTIONS.has(textOf(element, 'type')) ? listOf(element['actions']) : []),
    ...(element['selectAction'] === undefined ? [] : [element['selectAction']]),
    ...(element['inlineAction'] === undefined ? [] : [element['inlineAction']]),
  ]);
  return actions.flatMap((one): readonly CardButton[] => {
    const action = RECORD.parse(one);
    const type = textOf(action, 'type');
    if (type === 'Action.ShowCard') {
      return buttonsIn(action['card'], [...around, ...fieldsOf(action['card'])]);
    }
    return [
      {
        ...{ type, title: textOf(action, 'title'), verb: textOf(action, 'verb'), url: textOf(action, 'url') },
        data: action['data'] === undefined ? {} : RECORD.parse(action['data']),
        fields: around,
      },
    ];
  });
}

/** A card's elements with those inside them, but not those of cards that open. */
function elementsIn(card: unknown): readonly Json[] {
  if (typeof card !== 'object' || card === null) return [];
  if (Array.isArray(card)) return card.flatMap(elementsIn);
  const element = RECORD.parse(card);
  const inside = ['body', 'items', 'columns', 'rows', 'cells'].flatMap((key) => elementsIn(element[key]));
  return [element, ...inside];
}

function fieldOf(element: Json): CardField | null {
  const type = textOf(element, 'type');
  if (!type.startsWith('Input.')) return null;
  const query = element['choices.data'];
  return {
    ...{
      type,
      id: textOf(element, 'id'),
      label: textOf(element, 'label').replace(/ \*$/, ''),
      value: textOf(element, 'value'),
    },
    isRequired: element['isRequired'] === true,
    isMultiSelect: element['isMultiSelect'] === true,
    dataset: query === undefined ? null : textOf(RECORD.parse(query), 'dataset'),
    choices: listOf(element['choices']).map((one) => {
      const choice = RECORD.parse(one);
      return { title: textOf(choice, 'title'), value: textOf(choice, 'value') };
    }),
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The text there, or an empty one. */
export function textOf(json: Json, key: string): string {
  const value = json[key];
  return typeof value === 'string' ? value : '';
}
