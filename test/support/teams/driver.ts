/**
 * People who use Teams: everything that Teams sends when they do something, signed as Teams signs it. They press only
 * buttons that they see, and fill in only fields that are there.
 */
import { expect } from 'vitest';
import { z } from 'zod';
import {
  activityIn,
  installationFrom,
  invokeFrom,
  messageFrom,
  type Scene,
  type Where,
} from './activities.ts';
import type { Authority, Forgery } from './authority.ts';
import {
  buttonsOf,
  type CardButton,
  type CardField,
  fieldsOf,
  RECORD,
  textOf,
  textsOfCard,
} from './card-elements.ts';
import type { Json, TeamsMessage } from './connector.ts';
import { cardsOf, type TeamsTenant } from './tenant.ts';
import { problemsOfCard } from './validate.ts';

/** Sends an activity to the app. @returns what came back: for invokes their answer */
export type Deliver = (activity: Json) => Promise<{ readonly status: number; readonly body: Json }>;

/** A message that buttons are pressed on. */
export interface Shown {
  readonly where: Where;
  readonly message: TeamsMessage;
}

export interface TeamsUser {
  readonly name: string;
  /** Of this bot: `29:…`. */
  readonly id: string;
  readonly aadObjectId: string;
  /** Types a message; in a channel it mentions the app. Resolves with what came privately. */
  says(where: Where, text: string): Promise<string>;
  /** As `says`, without waiting for an answer. */
  sends(where: Where, text: string): Promise<void>;
  /** The card as they see it: their own view where the message has one for them. */
  view(on: Shown): Promise<Json>;
  /**
   * Presses a button that is on the card as they see it.
   * @returns what they are told or shown
   * @throws when the button is not there
   */
  press(on: Shown, action: string, options?: PressOptions): Promise<string>;
  /** Presses a button of the card that the last press has answered with. */
  pressAgain(action: string, options?: PressOptions): Promise<string>;
  /** Presses a button of the open dialog. */
  pressInDialog(action: string, options?: PressOptions): Promise<string>;
  /** Fills in and submits the open dialog, by the labels of its fields. */
  submit(values: Readonly<Record<string, string>>): Promise<string>;
  /** What a search in the dialog's field offers. */
  search(label: string, typed: string): Promise<readonly string[]>;
  /** Uses a command of the app's message menu. @param text of the message that it is used on */
  messageAction(command: string, on: { readonly where: Where; readonly text: string }): Promise<string>;
  installs(where: Where): Promise<void>;
  uninstalls(where: Where): Promise<void>;
  /** What the open dialog shows; empty when there is none. */
  dialogText(): string;
  lastTold(): string;
}

interface PressOptions {
  readonly subject?: string;
  /** By the labels of the fields beside it. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** The card as they have seen it already, which may not be how it is now. */
  readonly seen?: Json;
}

const ANSWERED_WITHIN_MS = 8_000;
const FOUND = z.looseObject({ results: z.array(z.looseObject({ title: z.string(), value: z.string() })) });
const ADAPTIVE_CARD = 'application/vnd.microsoft.card.adaptive';

export function teamsUser(
  tenant: TeamsTenant,
  options: { readonly name: string; readonly deliver: Deliver },
): TeamsUser {
  const { name, deliver } = options;
  const member = tenant.member(name);
  const scene: Scene = { tenant, member, name };
  let dialog: { readonly card: Json; readonly where: Where; readonly command: string | null } | null = null;
  let answered: { readonly card: Json; readonly on: Shown } | null = null;

  const deliverWell = async (activity: Json): Promise<Json> => {
    const { status, body } = await deliver(activity);
    expect({ status, activity: activity['type'] }).toMatchObject({ status: expect.toSatisfy(isSuccess) });
    return body;
  };

  const invoke = (where: Where, invoked: { name: string; value: Json; on?: string }): Promise<Json> =>
    deliverWell(invokeFrom(scene, where, invoked));

  /** Does it, and waits until the app has said something in the personal chat that was not there before. */
  const andRead = async (act: () => Promise<unknown>): Promise<string> => {
    const before = tenant.direct(name);
    const [count, edits] = [before.length, before.reduce((sum, one) => sum + one.edits, 0)];
    await act();
    const changed = (): boolean => {
      const now = tenant.direct(name);
      return now.length > count || now.reduce((sum, one) => sum + one.edits, 0) > edits;
    };
    await expect.poll(changed, { timeout: ANSWERED_WITHIN_MS, message: `${name} gets an answer` }).toBe(true);
    return readable(tenant.direct(name).at(-1));
  };

  /** What a dialog's request has brought: another dialog, a text, or nothing more. */
  const takeTask = (body: Json, where: Where, command: string | null): string => {
    const task = body['task'] === undefined ? null : RECORD.parse(body['task']);
    if (task === null || textOf(task, 'type') !== 'continue') {
      dialog = null;
      return task === null ? '' : textOf(task, 'value');
    }
    const attachment = RECORD.parse(RECORD.parse(task['value'])['card']);
    expect(textOf(attachment, 'contentType')).toBe(ADAPTIVE_CARD);
    const card = checked(attachment['content']);
    dialog = { card, where, command };
    return [textOf(RECORD.parse(task['value']), 'title'), textsOfCard(card)].join('\n');
  };

  /** What the app answers to a press. */
  const takeAnswer = (body: Json, on: Shown): string => {
    expect(body['statusCode']).toBe(200);
    if (textOf(body, 'type') !== ADAPTIVE_CARD) return textOf(body, 'value');
    const card = checked(body['value']);
    answered = { card, on };
    return textsOfCard(card);
  };

  const pressButton = async (
    on: Shown,
    button: CardButton,
    inputs: PressOptions['inputs'],
  ): Promise<string> => {
    const data = { ...button.data, ...filledIn(button.fields, inputs ?? {}) };
    const at = { on: on.message.id };
    if (button.type === 'Action.Execute') {
      const action = { type: button.type, title: button.title, verb: button.verb, data };
      const value = { action, trigger: 'manual' };
      return takeAnswer(await invoke(on.where, { ...at, name: 'adaptiveCard/action', value }), on);
    }
    const teams = data['msteams'] === undefined ? {} : RECORD.parse(data['msteams']);
    if (button.type !== 'Action.Submit')
      throw new Error(`${button.title} is not for pressing: ${button.type}`);
    if (textOf(teams, 'type') !== 'task/fetch') {
      return andRead(() =>
        deliverWell(activityIn(scene, on.where, { type: 'message', value: data, replyToId: at.on })),
      );
    }
    const value = { data: { ...data, type: 'task/fetch' }, context: { theme: 'default' } };
    return takeTask(await invoke(on.where, { ...at, name: 'task/fetch', value }), on.where, null);
  };

  const view: TeamsUser['view'] = async (on) => {
    const [shared] = cardsOf(on.message);
    if (shared === undefined) throw new Error(`there is no card on ${JSON.stringify(on.message)}`);
    const refresh = shared['refresh'] === undefined ? null : RECORD.parse(shared['refresh']);
    const userIds = Array.isArray(refresh?.['userIds']) ? refresh['userIds'] : [];
    if (refresh === null || !userIds.includes(member.id)) return shared;
    const value = { action: refresh['action'], trigger: 'automatic' };
    const body = await invoke(on.where, { name: 'adaptiveCard/action', value, on: on.message.id });
    return textOf(body, 'type') === ADAPTIVE_CARD ? checked(body['value']) : shared;
  };

  return {
    name,
    id: member.id,
    aadObjectId: member.aadObjectId ?? '',
    says: (where, text) => andRead(() => deliverWell(messageFrom(scene, where, text))),
    sends: async (where, text) => {
      await deliverWell(messageFrom(scene, where, text));
    },
    view,
    press: async (on, action, press = {}) =>
      pressButton(on, findButton(press.seen ?? (await view(on)), action, press.subject), press.inputs),
    pressAgain: async (action, press = {}) => {
      if (answered === null) throw new Error(`${name} was shown no card`);
      const { card, on } = answered;
      return pressButton(on, findButton(card, action, press.subject), press.inputs);
    },
    pressInDialog: async (action, press = {}) => {
      if (dialog === null) throw new Error(`${name} has no dialog open`);
      const { card, where, command } = dialog;
      const button = findButton(card, action, press.subject);
      const data = { ...button.data, ...filledIn(button.fields, press.inputs ?? {}) };
      const value = { data, context: { theme: 'default' } };
      return takeTask(await invoke(where, { name: 'task/submit', value }), where, command);
    },
    submit: async (values) => {
      if (dialog === null) throw new Error(`${name} has no dialog open`);
      const { card, where, command } = dialog;
      const button = buttonsOf(card).find(
        ({ type }) => type === 'Action.Submit' || type === 'Action.Execute',
      );
      if (button === undefined) throw new Error(`nothing submits ${textsOfCard(card)}`);
      const data = { ...button.data, ...filledIn(fieldsOf(card), values) };
      const [invoked, value] =
        command === null
          ? ['task/submit', { data, context: { theme: 'default' } }]
          : ['composeExtension/submitAction', { data, commandId: command, commandContext: 'message' }];
      return takeTask(await invoke(where, { name: invoked, value }), where, command);
    },
    search: async (label, typed) => {
      if (dialog === null) throw new Error(`${name} has no dialog open`);
      const { dataset = null } = fieldsOf(dialog.card).find((one) => one.label === label) ?? {};
      if (dataset === null) throw new Error(`there is no search in ${label}`);
      const query = { queryText: typed, queryOptions: { skip: 0, top: 15 }, dataset };
      const value = { kind: 'search', ...query };
      const body = await invoke(dialog.where, { name: 'application/search', value });
      const { results } = FOUND.parse(body['value']);
      return results.map(({ title }) => title);
    },
    messageAction: async (command, { where, text }) => {
      const messagePayload = {
        id: tenant.connector.nextMessageId(),
        body: { contentType: 'html', content: `<div>${text}</div>` },
        from: { user: { id: member.aadObjectId, displayName: member.name } },
        linkToMessage: 'https://teams.microsoft.com/l/message/19%3a1/1',
      };
      const value = { commandId: command, commandContext: 'message', messagePayload };
      return takeTask(await invoke(where, { name: 'composeExtension/fetchTask', value }), where, command);
    },
    installs: async (where) => {
      for (const activity of installationFrom(scene, where, 'add')) await deliverWell(activity);
    },
    uninstalls: async (where) => {
      for (const activity of installationFrom(scene, where, 'remove')) await deliverWell(activity);
    },
    dialogText: () => textsOfCard(dialog?.card),
    lastTold: () => readable(tenant.direct(name).at(-1)),
  };
}

/** Over HTTP, with a token of the moment. */
export function overHttp(
  url: string,
  context: { readonly authority: Authority; readonly serviceUrl: string },
): Deliver {
  return (activity) => deliverForged(url, context, activity, {});
}

/** As `overHttp`, with a token that Teams would not send. @param forgery null for no token at all */
export async function deliverForged(
  url: string,
  { authority, serviceUrl }: { readonly authority: Authority; readonly serviceUrl: string },
  activity: Json,
  forgery: Forgery | null,
): Promise<{ readonly status: number; readonly body: Json }> {
  const token =
    forgery === null ? {} : { authorization: `Bearer ${await authority.sign(serviceUrl, forgery)}` };
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...token },
    body: JSON.stringify(activity),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    status: response.status,
    body: text === '' ? {} : isJson ? RECORD.parse(JSON.parse(text)) : { text },
  };
}

/** Everything that is read on a message. */
export function readable(message: Pick<TeamsMessage, 'activity'> | undefined): string {
  if (message === undefined) return '';
  return [textOf(message.activity, 'text'), ...cardsOf(message).map(textsOfCard)].join('\n').trim();
}

function checked(card: unknown): Json {
  expect(problemsOfCard(card)).toEqual([]);
  return RECORD.parse(card);
}

function isSuccess(status: unknown): boolean {
  return typeof status === 'number' && status >= 200 && status < 300;
}

function findButton(card: Json, action: string, subject: string | undefined): CardButton {
  const buttons = buttonsOf(card);
  const found = buttons.find(
    ({ data }) => data['action'] === action && (subject === undefined || data['subject'] === subject),
  );
  if (found !== undefined) return found;
  const there = buttons.map(
    ({ title, data }) => `${title} (${textOf(data, 'action')} ${textOf(data, 'subject')})`,
  );
  throw new Error(`no button ${action} ${subject ?? ''} is shown; there are: ${there.join(', ')}`);
}

/** What is sent of the fields: what was typed or chosen, and elsewhere what stands there. */
function filledIn(
  fields: readonly CardField[],
  values: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const unknown = Object.keys(values).find((label) => fields.every((field) => field.label !== label));
  if (unknown !== undefined) {
    throw new Error(`there is no field ${unknown}, only ${fields.map(({ label }) => label).join(', ')}`);
  }
  const filled = fields.map((field): readonly [string, string] => [
    field.id,
    chosen(field, values[field.label]),
  ]);
  return Object.fromEntries(filled.filter(([, value]) => value !== ''));
}

function chosen(field: CardField, given: string | undefined): string {
  const { type, choices, dataset, value, isRequired, label } = field;
  const text = given ?? value;
  if (isRequired && text === '') throw new Error(`Teams asks for ${label}`);
  if (type !== 'Input.ChoiceSet' || text === '' || dataset !== null) return text;
  const choice = choices.find((one) => one.value === text || one.title === text);
  if (choice === undefined) throw new Error(`${label} does not offer ${text}`);
  return choice.value;
}
