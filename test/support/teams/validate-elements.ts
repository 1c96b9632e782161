/** Elements and actions of Adaptive Cards 1.5 as Teams takes them, each with nothing in it that it does not know. */
import { z } from 'zod';
import { markupProblem, runProblem, textProblem } from './validate-text.ts';

const checked = (problemOf: (text: string) => string | null) =>
  z
    .string()
    .min(1)
    .superRefine((text, context) => {
      const problem = problemOf(text);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    });

/** Shown as it is: what a person reads of a button, a field or a choice. */
const plain = (charactersMax: number) => checked(textProblem).max(charactersMax);

const SIZE = z.enum(['Small', 'Default', 'Medium', 'Large', 'ExtraLarge']);
const SPACING = z.enum(['none', 'small', 'default', 'medium', 'large', 'extraLarge', 'padding']);
const ELEMENT = { spacing: SPACING.optional(), separator: z.boolean().optional() };

const TEXT_RUN = z.strictObject({
  type: z.literal('TextRun'),
  text: checked(runProblem),
  weight: z.enum(['Lighter', 'Default', 'Bolder']).optional(),
  size: SIZE.optional(),
  isSubtle: z.boolean().optional(),
  fontType: z.enum(['Default', 'Monospace']).optional(),
});

const RICH_TEXT = z.strictObject({
  type: z.literal('RichTextBlock'),
  ...ELEMENT,
  inlines: z.array(TEXT_RUN).min(1),
});

const TEXT_BLOCK = z.strictObject({
  type: z.literal('TextBlock'),
  ...ELEMENT,
  text: checked(markupProblem),
  wrap: z.literal(true, 'must be true: a line that is cut hides its end'),
  style: z.enum(['default', 'heading']).optional(),
  size: SIZE.optional(),
  weight: z.enum(['Lighter', 'Default', 'Bolder']).optional(),
});

const CONTAINER = z.strictObject({
  type: z.literal('Container'),
  ...ELEMENT,
  get items() {
    return z.array(ELEMENTS).min(1);
  },
  style: z.enum(['default', 'emphasis', 'good', 'attention', 'warning', 'accent']).optional(),
  bleed: z.boolean().optional(),
});

/** A row that has more is cut by some clients. */
const ROW_MAX = 6;

const ACTION_SET = z.strictObject({
  type: z.literal('ActionSet'),
  ...ELEMENT,
  get actions() {
    return z.array(ACTION).min(1).max(ROW_MAX);
  },
});

const INPUT = {
  ...ELEMENT,
  id: z.string().regex(/^[a-z][\w.-]{0,99}$/),
  label: plain(120),
  isRequired: z.literal(true).optional(),
  errorMessage: plain(200).optional(),
  placeholder: plain(120).optional(),
};
const says = ({
  isRequired,
  errorMessage,
}: {
  isRequired?: true | undefined;
  errorMessage?: string | undefined;
}): boolean => (isRequired === true) === (errorMessage !== undefined);

const TEXT_INPUT = z
  .strictObject({
    type: z.literal('Input.Text'),
    ...INPUT,
    value: z.string().optional(),
    isMultiline: z.boolean().optional(),
    maxLength: z.int().min(1).optional(),
  })
  .refine(says, 'is required without saying so, or says so without being required')
  .refine(
    ({ value = '', maxLength = Number.POSITIVE_INFINITY }) => value.length <= maxLength,
    'begins with more than it takes',
  );

const CHOICE_SET = z
  .strictObject({
    type: z.literal('Input.ChoiceSet'),
    ...INPUT,
    style: z.enum(['compact', 'expanded', 'filtered']),
    value: z.string().optional(),
    choices: z.array(z.strictObject({ title: plain(100), value: z.string().min(1) })).max(100),
    'choices.data': z.strictObject({ type: z.literal('Data.Query'), dataset: z.string().min(1) }).optional(),
  })
  .refine(says, 'is required without saying so, or says so without being required')
  .refine(
    ({ choices, ...rest }) => choices.length > 0 || rest['choices.data'] !== undefined,
    'offers nothing',
  )
  .refine(
    ({ choices }) => new Set(choices.map(({ value }) => value)).size === choices.length,
    'offers one value twice',
  )
  .refine(
    ({ choices, value, ...rest }) =>
      value === undefined ||
      rest['choices.data'] !== undefined ||
      choices.some((choice) => choice.value === value),
    'begins with what it does not offer',
  );

const ELEMENTS: z.ZodType<unknown> = z.lazy(() =>
  z.discriminatedUnion('type', [RICH_TEXT, TEXT_BLOCK, CONTAINER, ACTION_SET, TEXT_INPUT, CHOICE_SET]),
);

const BUTTON = {
  title: plain(75),
  style: z.enum(['default', 'positive', 'destructive']).optional(),
};
const DATA = z.strictObject({
  action: z.string().min(1).max(50).optional(),
  form: z.string().min(1).max(50).optional(),
  subject: z.string().max(200),
  refill: z.literal(true).optional(),
  msteams: z.strictObject({ type: z.literal('task/fetch') }).optional(),
});

const EXECUTE = z.strictObject({
  type: z.literal('Action.Execute'),
  ...BUTTON,
  verb: z.string().min(1).max(50),
  data: DATA.omit({ msteams: true }),
});
const SUBMIT = z.strictObject({ type: z.literal('Action.Submit'), ...BUTTON, data: DATA });

/** Where our pages are in tests. */
const OWN_HOSTS: ReadonlySet<string> = new Set(['sallyport.example', '127.0.0.1', 'localhost']);
const OPEN_URL = z.strictObject({
  type: z.literal('Action.OpenUrl'),
  ...BUTTON,
  url: z
    .url({ protocol: /^https?$/ })
    .refine((url) => URL.canParse(url) && OWN_HOSTS.has(new URL(url).hostname), 'leads to somebody else'),
});
const SHOW_CARD = z.strictObject({
  type: z.literal('Action.ShowCard'),
  ...BUTTON,
  card: z.strictObject({
    type: z.literal('AdaptiveCard'),
    body: z.array(ELEMENTS).min(1),
    actions: z
      .array(z.discriminatedUnion('type', [EXECUTE, SUBMIT]))
      .min(1)
      .max(ROW_MAX),
  }),
});
const ACTION = z.discriminatedUnion('type', [EXECUTE, SUBMIT, OPEN_URL, SHOW_CARD]);

export const cardSchema = z.strictObject({
  type: z.literal('AdaptiveCard'),
  $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json').optional(),
  version: z.literal('1.5'),
  body: z.array(ELEMENTS).min(1),
  actions: z.array(ACTION).min(1).max(ROW_MAX).optional(),
  refresh: z
    .strictObject({ action: EXECUTE, userIds: z.array(z.string().startsWith('29:')).min(1).max(60) })
    .optional(),
  msteams: z.strictObject({ width: z.literal('Full') }).optional(),
});
