/**
 * People who use Slack: everything that Slack sends when they do something, signed as Slack signs it. They press only
 * buttons that they see, and fill in only fields that are there.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import {
  type Button,
  buttonsIn,
  type Field,
  fieldsIn,
  initialOf,
  type Option,
  optionsOf,
  stateOf,
  textsOf,
} from './elements.ts';
import { RECORD, textAt } from './slack-call.ts';
import { problemsOfOptions, problemsOfView } from './validate.ts';
import { type ShownView, SIGNING_SECRET, type SlackMessage, type SlackWorkspace, TEAM } from './workspace.ts';

type Json = Readonly<Record<string, unknown>>;

/** Carries what Slack sends to the app, over HTTP or a socket. @returns the acknowledgement */
export type Deliver = (delivery: Delivery) => Promise<Acknowledgement>;

export interface Delivery {
  readonly kind: 'command' | 'interactive' | 'event';
  readonly body: Json;
}

export interface Acknowledgement {
  readonly status: number;
  readonly body: Json;
}

/** A message that buttons are pressed on; `isEphemeral` for what one person alone was told. */
export interface Pressable {
  readonly channel: string;
  readonly message: Json;
}

export interface SlackUser {
  readonly name: string;
  readonly id: string;
  /** Types `/access …` in a channel. Resolves with what came back: a message or the texts of a modal. */
  command(channel: string, text: string): Promise<string>;
  /** Uses the global shortcut, or the one on a message. */
  shortcut(callbackId: string, on?: Pressable): Promise<string>;
  /** Presses a button of a message. Resolves when it is acknowledged. @throws when the button is not there */
  press(on: Pressable, action: string, subject?: string): Promise<Acknowledgement>;
  /** Presses a button of the topmost modal. */
  pressInModal(action: string, subject?: string): Promise<Acknowledgement>;
  pressAtHome(action: string, subject?: string): Promise<Acknowledgement>;
  /** As `press`, and waits until something came back. */
  pressAndRead(on: Pressable, action: string, subject?: string): Promise<string>;
  /** Fills in and submits the topmost modal, by the labels of its fields. Resolves with what came back. */
  submit(values: Readonly<Record<string, string>>): Promise<string>;
  /** What a search in the modal's field offers. */
  search(label: string, typed: string): Promise<readonly string[]>;
  openHome(): Promise<string>;
  /** Whatever was last said to them alone. */
  lastTold(): string;
  modalText(): string;
}

const ANSWERED_WITHIN_MS = 8_000;

export function slackUser(
  workspace: SlackWorkspace,
  options: { readonly name: string; readonly deliver: Deliver },
): SlackUser {
  const { name, deliver } = options;
  const id = workspace.userId(name);
  const user = { id, username: name, name, team_id: TEAM };
  const common = {
    ...{ token: 'unused', api_app_id: 'A0SALLYPORT', team: { id: TEAM, domain: 'acme' }, user },
    ...{ enterprise: null, is_enterprise_install: false },
  };
  const respond = (): string => workspace.proxy.openResponseUrl((message) => workspace.tell(name, message));

  const topModal = (): ShownView => {
    const view = workspace.modals(name).at(-1);
    if (view === undefined) throw new Error(`${name} has no modal open`);
    return view;
  };

  /** Does it, and waits until the app has said or shown something that was not there before. */
  const andRead = async (act: () => Promise<unknown>): Promise<string> => {
    const [told, modals, home] = [
      workspace.told(name).length,
      workspace.modals(name),
      workspace.home(name)?.view,
    ];
    await act();
    const changed = (): string | null => {
      if (workspace.told(name).length > told) return readable(workspace.told(name).at(-1));
      const top = workspace.modals(name).at(-1);
      if (top !== undefined && workspace.modals(name) !== modals && !isSkeleton(top))
        return readable(top.view);
      const now = workspace.home(name)?.view;
      return now !== undefined && now !== home ? readable(now) : null;
    };
    await expect
      .poll(changed, { timeout: ANSWERED_WITHIN_MS, message: `${name} gets an answer` })
      .not.toBeNull();
    return changed() ?? '';
  };

  const interact = async (body: Json): Promise<Acknowledgement> => {
    const answer = await deliver({ kind: 'interactive', body: { ...common, ...body } });
    expect(answer.status).toBe(200);
    return answer;
  };

  const pressButton = async (button: Button, where: Json): Promise<Acknowledgement> =>
    interact({
      type: 'block_actions',
      ...where,
      actions: [
        {
          type: 'button',
          action_id: button.actionId,
          block_id: button.blockId,
          value: button.value,
          text: { type: 'plain_text', text: button.label },
          action_ts: `${Date.now() / 1_000}`,
        },
      ],
    });

  const press: SlackUser['press'] = async (on, action, subject) => {
    const button = findButton(on.message['blocks'], { action, subject });
    const ts = textAt(on.message, 'ts');
    return pressButton(button, {
      container: { type: 'message', message_ts: ts, channel_id: on.channel, is_ephemeral: ts === '' },
      channel: { id: on.channel, name: on.channel },
      message: on.message,
      trigger_id: await workspace.trigger(name),
      response_url: respond(),
    });
  };

  const pressInView = async (shown: ShownView, action: string, subject?: string) => {
    const button = findButton(shown.view['blocks'], { action, subject });
    return pressButton(button, {
      container: { type: 'view', view_id: shown.id },
      view: { ...shown.view, state: { values: {} } },
      trigger_id: await workspace.trigger(name, shown.id),
    });
  };

  const suggestions = async (shown: ShownView, field: Field, typed: string): Promise<readonly Option[]> => {
    const answer = await interact({
      type: 'block_suggestion',
      container: { type: 'view', view_id: shown.id },
      action_id: textAt(field.element, 'action_id'),
      block_id: field.blockId,
      value: typed,
      view: shown.view,
    });
    expect(problemsOfOptions(answer.body['options'])).toEqual([]);
    return optionsOf(answer.body['options']);
  };

  const filledIn = async (shown: ShownView, field: Field, text: string | undefined): Promise<Json> => {
    const { element } = field;
    if (text === undefined) return stateOf(element, initialOf(element));
    const type = textAt(element, 'type');
    if (type === 'plain_text_input') return stateOf(element, text);
    if (type === 'users_select') return stateOf(element, workspace.userId(text));
    const offered =
      type === 'external_select' ? await suggestions(shown, field, text) : optionsOf(element['options']);
    const chosen = offered.find((option) => option.value === text || option.text.text === text);
    if (chosen === undefined) throw new Error(`${field.label} does not offer ${text}`);
    return stateOf(element, chosen);
  };

  const submit: SlackUser['submit'] = async (values) => {
    const shown = topModal();
    const fields = fieldsIn(shown.view['blocks']);
    const unknown = Object.keys(values).find((label) => fields.every((field) => field.label !== label));
    if (unknown !== undefined) throw new Error(`there is no field ${unknown} in ${textsOf(shown.view)}`);
    const state: Record<string, Json> = {};
    for (const field of fields) {
      const filled = await filledIn(shown, field, values[field.label]);
      state[field.blockId] = { [textAt(field.element, 'action_id')]: filled };
    }
    return andRead(async () => {
      const answer = await interact({
        type: 'view_submission',
        trigger_id: await workspace.trigger(name, shown.id),
        view: { ...shown.view, state: { values: state } },
        response_urls: [],
      });
      acknowledged(workspace, { name, shown, answer: answer.body });
    });
  };

  return {
    name,
    id,
    command: async (channel, text) => {
      const channelId = await workspace.channelId(channel);
      return andRead(async () => {
        const answer = await deliver({
          kind: 'command',
          body: {
            ...{ token: 'unused', api_app_id: 'A0SALLYPORT', command: '/access', text },
            ...{ team_id: TEAM, team_domain: 'acme', channel_id: channelId, channel_name: channel },
            ...{ user_id: id, user_name: name, is_enterprise_install: 'false' },
            response_url: respond(),
            trigger_id: await workspace.trigger(name),
          },
        });
        expect(answer.status).toBe(200);
        if (Object.keys(answer.body).length > 0) workspace.tell(name, answer.body);
      });
    },
    shortcut: (callbackId, on) =>
      andRead(async () => {
        const trigger = { callback_id: callbackId, trigger_id: await workspace.trigger(name) };
        if (on === undefined) return interact({ type: 'shortcut', action_ts: '1.1', ...trigger });
        return interact({
          type: 'message_action',
          ...trigger,
          action_ts: '1.1',
          message_ts: textAt(on.message, 'ts'),
          message: on.message,
          channel: { id: on.channel, name: on.channel },
          response_url: respond(),
        });
      }),
    press,
    pressAndRead: (on, action, subject) => andRead(() => press(on, action, subject)),
    pressInModal: (action, subject) => pressInView(topModal(), action, subject),
    pressAtHome: (action, subject) => {
      const home = workspace.home(name);
      if (home === null) throw new Error(`${name} has no App Home`);
      return pressInView(home, action, subject);
    },
    submit,
    search: async (label, typed) => {
      const shown = topModal();
      const field = fieldsIn(shown.view['blocks']).find((one) => one.label === label);
      if (field === undefined) throw new Error(`there is no field ${label}`);
      return (await suggestions(shown, field, typed)).map((option) => option.text.text);
    },
    openHome: () =>
      andRead(() =>
        deliver({
          kind: 'event',
          body: {
            type: 'event_callback',
            ...{ token: 'unused', team_id: TEAM, api_app_id: 'A0SALLYPORT' },
            event_id: `Ev${randomUUID().replaceAll('-', '')}`,
            event_time: Math.floor(Date.now() / 1_000),
            event: { type: 'app_home_opened', user: id, channel: 'D0HOME', tab: 'home', event_ts: '1.1' },
            authorizations: [{ enterprise_id: null, team_id: TEAM, user_id: 'U0SALLYPORT', is_bot: true }],
          },
        }),
      ),
    lastTold: () => readable(workspace.told(name).at(-1)),
    modalText: () => readable(topModal().view),
  };
}

/** Over HTTP, with the signature of the moment. */
export function overHttp(url: string, clock: Clock): Deliver {
  return async (delivery) => {
    const signed = signedRequest(delivery, clock.now());
    const response = await fetch(url, { method: 'POST', ...signed });
    const text = await response.text();
    return { status: response.status, body: text === '' ? {} : RECORD.parse(JSON.parse(text)) };
  };
}

/** What Slack would send: for tests that send it twice, late or changed. */
export function signedRequest(
  { kind, body }: Delivery,
  at: Date,
  secret = SIGNING_SECRET,
): { readonly body: string; readonly headers: Readonly<Record<string, string>> } {
  const text =
    kind === 'event'
      ? JSON.stringify(body)
      : new URLSearchParams(
          kind === 'command'
            ? Object.entries(body).map(([key, value]): [string, string] => [key, String(value)])
            : { payload: JSON.stringify(body) },
        ).toString();
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const digest = createHmac('sha256', secret).update(`v0:${timestamp}:${text}`).digest('hex');
  return {
    body: text,
    headers: {
      'content-type': kind === 'event' ? 'application/json' : 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': timestamp,
      'x-slack-signature': `v0=${digest}`,
    },
  };
}

/** What an acknowledgement does to the modal that was submitted. */
function acknowledged(
  workspace: SlackWorkspace,
  submission: { readonly name: string; readonly shown: ShownView; readonly answer: Json },
): void {
  const { name, shown, answer } = submission;
  switch (answer['response_action']) {
    case undefined:
      workspace.setModals(name, (modals) => modals.filter(({ id }) => id !== shown.id));
      return;
    case 'clear':
      workspace.setModals(name, () => []);
      return;
    case 'errors':
      workspace.tell(name, { text: Object.values(RECORD.parse(answer['errors'])).join('\n') });
      return;
    default: {
      const view = RECORD.parse(answer['view']);
      expect(problemsOfView(view)).toEqual([]);
      const below = answer['response_action'] === 'push' ? [shown] : [];
      workspace.setModals(name, (modals) => [
        ...modals.filter(({ id }) => id !== shown.id),
        ...below,
        { ...shown, view: { ...shown.view, ...view } },
      ]);
    }
  }
}

function findButton(
  blocks: unknown,
  sought: { readonly action: string; readonly subject: string | undefined },
): Button {
  const { action, subject } = sought;
  const buttons = buttonsIn(blocks);
  const found = buttons.find(
    ({ actionId, value }) =>
      actionId.replace(/\.\d+$/, '') === action && (subject === undefined || value === subject),
  );
  if (found !== undefined) return found;
  const there = buttons.map(({ actionId, value }) => `${actionId} ${value}`).join(', ');
  throw new Error(`no button ${action} ${subject ?? ''} is shown; there are: ${there}`);
}

/** Stands only until what was asked for is there. */
function isSkeleton({ view }: ShownView): boolean {
  return textsOf(view['blocks']).includes('One moment');
}

/** As a person reads it. */
function readable(message: unknown): string {
  return textsOf(message).replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** The message as something to press. */
export function pressable(channel: string, message: SlackMessage): Pressable {
  return { channel, message };
}
