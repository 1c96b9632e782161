/** Forms as modals, and what comes back from one. What a submission does is decided by its `callback_id` alone. */
import { createHash } from 'node:crypto';
import type { types } from '@slack/bolt';
import { z } from 'zod';
import type { FormValues } from '../../acts/act.ts';
import type { Form, FormField } from '../../card.ts';
import { plainLine } from '../../cards/plain-text.ts';
import { FORM_IDS, type FormId } from '../../forms/form-ids.ts';
import { texts } from '../../texts/texts.ts';
import {
  HEADER_CHARACTERS_MAX,
  INPUT_CHARACTERS_MAX,
  LABEL_CHARACTERS_MAX,
  METADATA_CHARACTERS_MAX,
  OPTION_VALUE_CHARACTERS_MAX,
  OPTIONS_MAX,
  PLACEHOLDER_CHARACTERS_MAX,
  VIEW_TITLE_CHARACTERS_MAX,
} from './limits.ts';
import { accountIn } from './people.ts';
import { header, plainSection, plainText } from './text-objects.ts';

/** Where a modal was opened: its submission happens there. */
export interface ViewPlace {
  readonly channel: string;
}

/** Slack takes no empty value. No name of ours begins with a dash. */
const EMPTY_VALUE = '-';
/** Every input of ours; which one it is says its block. */
const INPUT_ACTION_ID = 'value';

export function viewOf(form: Form, place: ViewPlace): types.ModalView {
  return {
    type: 'modal',
    callback_id: form.id,
    private_metadata: metadataOf(form.subject, place),
    title: plainText(form.title, VIEW_TITLE_CHARACTERS_MAX),
    submit: plainText(form.submitLabel, VIEW_TITLE_CHARACTERS_MAX),
    close: plainText(texts().shown.cancel, VIEW_TITLE_CHARACTERS_MAX),
    blocks: [...introductionOf(form), ...form.fields.map(inputOf)],
  };
}

/** @throws RangeError for a subject or a channel that cannot be ours: both are ids */
export function metadataOf(subject: string, { channel }: ViewPlace): string {
  const metadata = JSON.stringify({ subject, channel });
  if (metadata.length > METADATA_CHARACTERS_MAX) throw new RangeError('The subject of a modal is too long.');
  return metadata;
}

function introductionOf(form: Form): types.KnownBlock[] {
  const whole = form.title.length <= VIEW_TITLE_CHARACTERS_MAX;
  return [
    ...(whole ? [] : [header(form.title, HEADER_CHARACTERS_MAX)]),
    ...(form.introduction ? [plainSection(form.introduction)] : []),
  ];
}

function inputOf(field: FormField): types.InputBlock {
  const element = elementOf(field);
  return {
    type: 'input',
    block_id: blockIdOf(field, element),
    label: plainText(field.label, LABEL_CHARACTERS_MAX),
    optional: !field.required,
    element,
    ...(field.refills ? { dispatch_action: true } : {}),
  };
}

/**
 * Slack keeps what was entered while a view changes, by the id of its block: a list of other options is another block,
 * or an option that is not offered any more would stay chosen.
 */
function blockIdOf(field: FormField, element: Input): string {
  if (field.kind === 'person' && element.type === 'plain_text_input') return `${field.name}:typed`;
  if (element.type !== 'static_select' || !field.refills) return field.name;
  const values = (element.options ?? []).map((option) => option.value);
  return `${field.name}:${createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 8)}`;
}

type Input = types.PlainTextInput | types.StaticSelect | types.ExternalSelect | types.UsersSelect;

function elementOf(field: FormField): Input {
  if (field.searched === true) return searchOf(field);
  if (field.kind === 'person') return personPickerOf(field) ?? textInputOf(field);
  const offered = optionsOf(field);
  return offered === null ? textInputOf(field) : selectOf(field, offered);
}

/** Null for a field that takes any text. */
function optionsOf(field: FormField): readonly Option[] | null {
  if (field.kind === 'select') return field.options ?? [];
  const suggestions = field.suggestions ?? [];
  if (suggestions.length === 0) return null;
  const typed = field.value && !suggestions.includes(field.value) ? [field.value] : [];
  return [...suggestions, ...typed].map((value) => ({
    value,
    label: plainLine(value, LABEL_CHARACTERS_MAX),
  }));
}

function searchOf(field: FormField): types.ExternalSelect {
  const chosen = field.options?.find((option) => option.value === field.value);
  return {
    type: 'external_select',
    action_id: INPUT_ACTION_ID,
    min_query_length: 0,
    placeholder: plainText(texts().shown.searchHint, PLACEHOLDER_CHARACTERS_MAX),
    ...(chosen === undefined ? {} : { initial_option: optionOf(chosen) }),
  };
}

/** Null where it names somebody without an account that Slack could show. */
function personPickerOf(field: FormField): types.UsersSelect | null {
  const account = accountIn(field.value ?? '');
  if (field.value && account === null) return null;
  return {
    type: 'users_select',
    action_id: INPUT_ACTION_ID,
    ...placeholderOf(field),
    ...(account === null ? {} : { initial_user: account }),
  };
}

function selectOf(field: FormField, offered: readonly Option[]): types.StaticSelect {
  const options = offered.slice(0, OPTIONS_MAX).map(optionOf);
  const initial = options.find((option) => option.value === optionValueOf(field.value ?? ''));
  return {
    type: 'static_select',
    action_id: INPUT_ACTION_ID,
    options,
    ...placeholderOf(field),
    ...(initial === undefined ? {} : { initial_option: initial }),
  };
}

function placeholderOf({ placeholder }: FormField): { placeholder?: types.PlainTextElement } {
  return placeholder ? { placeholder: plainText(placeholder, PLACEHOLDER_CHARACTERS_MAX) } : {};
}

function textInputOf(field: FormField): types.PlainTextInput {
  const charactersMax = Math.min(field.charactersMax, INPUT_CHARACTERS_MAX);
  return {
    type: 'plain_text_input',
    action_id: INPUT_ACTION_ID,
    multiline: field.kind === 'multiline',
    max_length: charactersMax,
    ...placeholderOf(field),
    ...(field.value ? { initial_value: field.value.slice(0, charactersMax).toWellFormed() } : {}),
  };
}

interface Option {
  readonly value: string;
  readonly label: string;
}

export function optionOf(option: Option): types.PlainTextOption {
  return { text: plainText(option.label, LABEL_CHARACTERS_MAX), value: optionValueOf(option.value) };
}

function optionValueOf(value: string): string {
  return value === '' ? EMPTY_VALUE : value.slice(0, OPTION_VALUE_CHARACTERS_MAX);
}

const METADATA = z.object({ subject: z.string(), channel: z.string() });
const STATE = z.object({
  values: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        value: z.string().nullish(),
        selected_option: z.object({ value: z.string() }).nullish(),
        selected_user: z.string().max(50).nullish(),
      }),
    ),
  ),
});
const VIEW = z.object({ callback_id: z.string(), private_metadata: z.string(), state: z.unknown() });

/** What was filled in so far, by the names of the form's fields, and the accounts that were picked. */
export function valuesOf(state: unknown): Pick<Submission, 'values' | 'picked'> {
  const inputs = Object.entries(STATE.safeParse(state).data?.values ?? {}).flatMap(([block, elements]) =>
    Object.values(elements)
      .slice(0, 1)
      .map((input) => ({ name: fieldOfBlock(block), input })),
  );
  const entered = inputs.map(({ name, input }) => {
    const value = input.selected_option?.value ?? input.value ?? '';
    return [name, value === EMPTY_VALUE ? '' : value] as const;
  });
  const picked = inputs.flatMap(({ name, input }) =>
    input.selected_user ? [[name, input.selected_user] as const] : [],
  );
  return { values: new Map(entered), picked: new Map(picked) };
}

/** The part before the colon; see `blockIdOf`. */
function fieldOfBlock(block: string): string {
  return block.split(':', 1)[0] ?? block;
}

export interface Submission {
  readonly form: FormId;
  readonly subject: string;
  readonly place: ViewPlace;
  readonly values: FormValues;
  /** Accounts, by the names of the fields that they were picked in. Whose they are is not known yet. */
  readonly picked: ReadonlyMap<string, string>;
}

/** @param view as Slack sends it with a submission or a click; null when it is no form of ours */
export function readSubmission(view: unknown): Submission | null {
  const parsed = VIEW.safeParse(view);
  if (!parsed.success) return null;
  const form = FORM_IDS.find((id) => id === parsed.data.callback_id);
  const metadata = readMetadata(parsed.data.private_metadata);
  if (form === undefined || metadata === null) return null;
  const { subject, channel } = metadata;
  return { form, subject, place: { channel }, ...valuesOf(parsed.data.state) };
}

/** @returns null for what no modal of ours carries */
export function readMetadata(
  metadata: string,
): { readonly subject: string; readonly channel: string } | null {
  try {
    const parsed = METADATA.safeParse(JSON.parse(metadata));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
