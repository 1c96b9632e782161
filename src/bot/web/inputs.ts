/** Everything the chat page sends, checked. Unknown keys are refused: a misspelt one would be ignored otherwise. */
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { ACTIONS } from '../card.ts';
import { COMMAND_CHARACTERS_MAX } from '../commands/command.ts';
import { ID_CHARACTERS_MAX } from '../commands/identifiers.ts';
import { FORM_IDS } from '../forms/form-ids.ts';

const ISSUES_SHOWN_MAX = 5;

const CHANNEL = z.string().min(1).max(200);
/** Made by the page for each act: random, so that nobody can guess another's. */
const KEY = z.string().regex(/^[A-Za-z0-9_-]{8,100}$/, 'a key of 8 to 100 letters, digits, dashes');
/** An id, and for a held command the hash of what its card shows. */
const SUBJECT_CHARACTERS_MAX = 128;
const SUBJECT = z.string().min(1).max(SUBJECT_CHARACTERS_MAX);
const FIELD_CHARACTERS_MAX = 4_000;
const FIELDS_MAX = 20;

export const FILE_PARAMETERS = z.object({ id: z.string().regex(/^[0-9a-f]{64}$/, 'the id of a file') });

export const LINE_BODY = z.strictObject({
  channel: CHANNEL,
  text: z.string().min(1).max(COMMAND_CHARACTERS_MAX),
  key: KEY,
});

export const ACTION_BODY = z.strictObject({
  channel: CHANNEL,
  action: z.enum(ACTIONS),
  subject: SUBJECT,
  key: KEY,
});

export const FORM_BODY = z.strictObject({
  channel: CHANNEL,
  form: z.enum(FORM_IDS),
  subject: SUBJECT,
  values: z
    .record(z.string().min(1).max(ID_CHARACTERS_MAX), z.string().max(FIELD_CHARACTERS_MAX))
    .refine((values) => Object.keys(values).length <= FIELDS_MAX, `at most ${FIELDS_MAX} values`),
  key: KEY,
});

/** A form while it is filled in: nothing is done, so no key is needed. */
export const REFILL_BODY = FORM_BODY.omit({ key: true, subject: true });

export const CHANNEL_PARAMETERS = z.strictObject({ channel: CHANNEL });
/** Ids of messages are the database's own numbers. */
const MESSAGE_ID = z.string().regex(/^\d{1,18}$/, 'an id of a message');
export const PAGE_QUERY = z.strictObject({ before: MESSAGE_ID.optional() });

const BUTTONS_MAX = 10;
/** `action subject`, once or several times. */
const BUTTON = z
  .string()
  .max(SUBJECT_CHARACTERS_MAX + 40)
  .transform((text) => {
    const [action, ...subject] = text.split(' ');
    return { action, subject: subject.join(' ') };
  })
  .pipe(z.strictObject({ action: z.enum(ACTIONS), subject: SUBJECT }));
export const BUTTONS_QUERY = z.strictObject({
  button: z.union([BUTTON.transform((one) => [one]), z.array(BUTTON).min(1).max(BUTTONS_MAX)]),
});

export const PEOPLE_QUERY = z.strictObject({ typed: z.string().max(ID_CHARACTERS_MAX) });

/** As many as a page of a channel has. */
const MESSAGES_MAX = 100;
export const OFFERS_QUERY = z.strictObject({
  messages: z
    .string()
    .max(MESSAGES_MAX * 19)
    .transform((text) => text.split(','))
    .pipe(z.array(MESSAGE_ID).min(1).max(MESSAGES_MAX)),
});

/** @throws AppError `invalid_input` that lists what is wrong, never what was sent */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, ISSUES_SHOWN_MAX);
  const lines = issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new AppError('invalid_input', lines.join('; '));
}
