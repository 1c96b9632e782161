/** What somebody sees and can use in blocks: texts, buttons, and the fields of a modal. */
import { z } from 'zod';
import { RECORD, textAt } from './slack-call.ts';

type Json = Readonly<Record<string, unknown>>;

export interface Button {
  readonly actionId: string;
  readonly blockId: string;
  readonly value: string;
  readonly label: string;
  /** Where it leads, when it is a link. */
  readonly url: string;
}

export interface Field {
  readonly label: string;
  readonly blockId: string;
  readonly element: Json;
}

const OPTION = z.looseObject({ text: z.looseObject({ text: z.string() }), value: z.string() });
export type Option = z.output<typeof OPTION>;

/** Every text in it, in the order in which it is read. */
export function textsOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textsOf).filter(Boolean).join('\n');
  const record = RECORD.safeParse(value).data;
  if (record === undefined) return '';
  const parts = [
    'text',
    'title',
    'label',
    'fields',
    'elements',
    'accessory',
    'blocks',
    'element',
    'placeholder',
  ];
  return parts
    .map((part) => (typeof record[part] === 'string' ? record[part] : textsOf(record[part])))
    .filter(Boolean)
    .join('\n');
}

export function buttonsIn(blocks: unknown): readonly Button[] {
  return blocksOf(blocks).flatMap((block, index) => {
    const elements = [...blocksOf(block['elements']), ...blocksOf([block['accessory']])];
    const blockId = textAt(block, 'block_id') || `b${index}`;
    return elements
      .filter((element) => element['type'] === 'button')
      .map((element) => ({
        actionId: textAt(element, 'action_id'),
        blockId,
        value: textAt(element, 'value'),
        label: textAt(element, 'text', 'text'),
        url: textAt(element, 'url'),
      }));
  });
}

export function fieldsIn(blocks: unknown): readonly Field[] {
  return blocksOf(blocks)
    .filter((block) => block['type'] === 'input')
    .map((block) => ({
      label: textAt(block, 'label', 'text'),
      blockId: textAt(block, 'block_id'),
      element: RECORD.parse(block['element']),
    }));
}

/** What a list offers; the options of one that is searched come from the app. */
export function optionsOf(options: unknown): readonly Option[] {
  return z.array(OPTION).safeParse(options).data ?? [];
}

/** The value of a field as Slack sends it. @param filled the text, the account, or the option that was chosen; null for none */
export function stateOf(element: Json, filled: string | Option | null): Json {
  const type = textAt(element, 'type');
  if (type === 'plain_text_input') return { type, value: filled };
  if (type === 'users_select') return { type, selected_user: filled };
  return { type, selected_option: filled };
}

/** What a field holds before anybody touches it. */
export function initialOf(element: Json): string | Option | null {
  const text = element['initial_value'];
  if (typeof text === 'string') return text;
  const user = element['initial_user'];
  if (typeof user === 'string') return user;
  return OPTION.safeParse(element['initial_option']).data ?? null;
}

function blocksOf(blocks: unknown): readonly Json[] {
  if (!Array.isArray(blocks)) return [];
  return blocks.flatMap((block): Json[] => {
    const record = RECORD.safeParse(block).data;
    return record === undefined ? [] : [record];
  });
}
