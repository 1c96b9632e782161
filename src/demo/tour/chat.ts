/** The chat page's requests, made by hand: what a person types and clicks. */
import { randomUUID } from 'node:crypto';
import type { ActionId } from '../../bot/card.ts';
import type { FormId } from '../../bot/forms/form-ids.ts';
import type { ActAnswer, ChatMessage, ChatMessages, ChatState, PostAnswer } from '../../bot/web/wire.ts';
import { type Browser, unexpected } from './browser.ts';

export interface Chat {
  state(): Promise<ChatState>;
  /** @returns the messages, or null when the channel is not there for this person */
  messages(channel: string): Promise<readonly ChatMessage[] | null>;
  type(channel: string, text: string): Promise<PostAnswer>;
  click(channel: string, button: { action: ActionId; subject: string }): Promise<ActAnswer>;
  submit(
    channel: string,
    form: { form: FormId; subject: string; values: Readonly<Record<string, string>> },
  ): Promise<ActAnswer>;
}

export function openChat(browser: Browser, publicUrl: string): Chat {
  const address = (path: string): URL => new URL(`/chat/api/${path}`, publicUrl);
  const post = async <T>(path: string, json: object): Promise<T> => {
    const answer = await browser.ask(address(path), { json: { ...json, key: randomUUID() } });
    if (answer.status !== 200) throw unexpected(answer);
    return JSON.parse(answer.text) as T;
  };
  return {
    state: async () => {
      const answer = await browser.ask(address('state'));
      if (answer.status !== 200) throw unexpected(answer);
      return JSON.parse(answer.text) as ChatState;
    },
    messages: async (channel) => {
      const answer = await browser.ask(address(`channels/${encodeURIComponent(channel)}/messages`));
      if (answer.status === 404 || answer.status === 403) return null;
      if (answer.status !== 200) throw unexpected(answer);
      return (JSON.parse(answer.text) as ChatMessages).messages;
    },
    type: (channel, text) => post<PostAnswer>('commands', { channel, text }),
    click: (channel, button) => post<ActAnswer>('actions', { channel, ...button }),
    submit: (channel, form) => post<ActAnswer>('forms', { channel, ...form }),
  };
}

/** The value a card shows under a label, or null. */
export function fieldOf(message: ChatMessage, label: string): string | null {
  return message.card?.fields.find((field) => field.label === label)?.value ?? null;
}

/** True when the card has a button that does this. */
export function hasButton(message: ChatMessage, action: ActionId): boolean {
  return message.card?.actions.some((shown) => shown.kind === 'button' && shown.action === action) ?? false;
}
