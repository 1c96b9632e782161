/** Blocks and their elements, each with nothing in it that Slack does not know. */
import { z } from 'zod';
import { anyText, plainText } from './validate-text.ts';

const ID = z.string().min(1).max(255);
const LABEL = plainText(75);

const CONFIRM = z.strictObject({
  title: plainText(100),
  text: plainText(300),
  confirm: plainText(30),
  deny: plainText(30),
  style: z.enum(['primary', 'danger']).optional(),
});

/** Where our pages are in tests. */
const OWN_HOSTS = new Set(['sallyport.example', '127.0.0.1', 'localhost']);
const OWN_URL = z
  .url({ protocol: /^https?$/ })
  .max(3_000)
  .refine((url) => URL.canParse(url) && OWN_HOSTS.has(new URL(url).hostname), 'leads to somebody else');

const BUTTON = z
  .strictObject({
    type: z.literal('button'),
    action_id: ID,
    text: LABEL,
    value: z.string().min(1).max(2_000).optional(),
    url: OWN_URL.optional(),
    style: z.enum(['primary', 'danger']).optional(),
    confirm: CONFIRM.optional(),
    accessibility_label: z.string().max(75).optional(),
  })
  .refine(
    ({ value, url }) => (value === undefined) !== (url === undefined),
    'carries an id, or leads somewhere',
  );

export const optionSchema = z.strictObject({ text: LABEL, value: z.string().min(1).max(150) });

const SELECT = { action_id: ID, placeholder: plainText(150).optional(), confirm: CONFIRM.optional() };

const STATIC_SELECT = z
  .strictObject({
    type: z.literal('static_select'),
    ...SELECT,
    options: z.array(optionSchema).min(1).max(100),
    initial_option: optionSchema.optional(),
  })
  .refine(
    ({ options, initial_option: initial }) =>
      initial === undefined || options.some((one) => JSON.stringify(one) === JSON.stringify(initial)),
    'begins with an option that is not listed',
  )
  .refine(
    ({ options }) => new Set(options.map(({ value }) => value)).size === options.length,
    'lists one value twice',
  );

const EXTERNAL_SELECT = z.strictObject({
  type: z.literal('external_select'),
  ...SELECT,
  min_query_length: z.int().min(0).optional(),
  initial_option: optionSchema.optional(),
});

const USERS_SELECT = z.strictObject({
  type: z.literal('users_select'),
  ...SELECT,
  initial_user: z
    .string()
    .regex(/^[UW][A-Z0-9]+$/)
    .optional(),
});

const TEXT_INPUT = z
  .strictObject({
    type: z.literal('plain_text_input'),
    action_id: ID,
    multiline: z.boolean().optional(),
    placeholder: plainText(150).optional(),
    min_length: z.int().min(0).max(3_000).optional(),
    max_length: z.int().min(1).max(3_000).optional(),
    initial_value: z.string().optional(),
  })
  .refine(
    ({ initial_value: initial = '', max_length: longest = 3_000 }) => initial.length <= longest,
    'begins with more than it takes',
  );

const INPUT_ELEMENT = z.discriminatedUnion('type', [
  STATIC_SELECT,
  EXTERNAL_SELECT,
  USERS_SELECT,
  TEXT_INPUT,
]);
const ACTION_ELEMENT = z.discriminatedUnion('type', [BUTTON, STATIC_SELECT, EXTERNAL_SELECT]);

const BLOCK_ID = { block_id: ID.optional() };

const BLOCK = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), ...BLOCK_ID, text: plainText(150) }),
  z.strictObject({ type: z.literal('divider'), ...BLOCK_ID }),
  z
    .strictObject({
      type: z.literal('section'),
      ...BLOCK_ID,
      text: anyText(3_000).optional(),
      fields: z.array(anyText(2_000)).min(1).max(10).optional(),
      accessory: BUTTON.optional(),
      expand: z.boolean().optional(),
    })
    .refine(({ text, fields }) => text !== undefined || fields !== undefined, 'shows nothing'),
  z.strictObject({
    type: z.literal('context'),
    ...BLOCK_ID,
    elements: z.array(anyText(3_000)).min(1).max(10),
  }),
  z
    .strictObject({
      type: z.literal('actions'),
      ...BLOCK_ID,
      elements: z.array(ACTION_ELEMENT).min(1).max(25),
    })
    .refine(
      ({ elements }) => new Set(elements.map((one) => one.action_id)).size === elements.length,
      'has one action_id twice',
    ),
  z.strictObject({
    type: z.literal('input'),
    ...BLOCK_ID,
    label: plainText(2_000),
    hint: plainText(2_000).optional(),
    optional: z.boolean().optional(),
    dispatch_action: z.boolean().optional(),
    element: INPUT_ELEMENT,
  }),
]);

export function blocksSchema(blocksMax: number): z.ZodType<readonly { readonly type: string }[]> {
  return z
    .array(BLOCK)
    .min(1)
    .max(blocksMax)
    .refine((blocks) => {
      const ids = blocks.flatMap(({ block_id: id }) => (id === undefined ? [] : [id]));
      return new Set(ids).size === ids.length;
    }, 'has one block_id twice');
}
