import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../../../src/bot/web/wire.ts';
import {
  type Conversations,
  NO_CONVERSATIONS,
  toThreads,
  withArrival,
  withEarlier,
  withLatest,
  withOnly,
  withRead,
} from '../../../src/pages/chat/conversation.ts';

const START = Date.parse('2026-11-21T14:00:00Z');

function message(id: number, fields: Partial<ChatMessage> = {}): ChatMessage {
  return {
    id: String(id),
    channel: 'access',
    threadOf: null,
    author: null,
    text: `message ${id}`,
    card: null,
    createdAt: new Date(START + id * 1_000).toISOString(),
    editedAt: null,
    ...fields,
  };
}

const idsOf = (conversations: Conversations): string[] =>
  conversations.logs['access']?.messages.map(({ id }) => id) ?? [];

const latest = (...messages: ChatMessage[]): Conversations =>
  withLatest(NO_CONVERSATIONS, 'access', { messages, more: true });

describe('the messages of a channel', () => {
  it('are there once each and in order, however they arrived', () => {
    const all = [1, 2, 3, 8, 9, 10, 11].map((id) => message(id));
    fc.assert(
      fc.property(
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.subarray(all),
        (arriving, again) => {
          const log = [...arriving, ...again].reduce(
            (before, each) => withArrival(before, each, 'access'),
            withLatest(NO_CONVERSATIONS, 'access', { messages: [], more: false }),
          );
          expect(idsOf(log)).toEqual(['1', '2', '3', '8', '9', '10', '11']);
        },
      ),
    );
  });

  it('are not lost when they arrive while the channel is being read for the first time', () => {
    const opened = withRead(NO_CONVERSATIONS, 'access');
    const arrived = [message(3), message(2, { text: 'edited', editedAt: message(4).createdAt })].reduce(
      (before, each) => withArrival(before, each, 'access'),
      opened,
    );
    const read = withLatest(arrived, 'access', { messages: [message(1), message(2)], more: false });
    expect(idsOf(read)).toEqual(['1', '2', '3']);
    expect(read.logs['access']?.messages[1]?.text).toBe('edited');
    expect(withLatest(arrived, 'other', { messages: [], more: false }).logs['other']?.messages).toEqual([]);
    expect(read.early).toEqual([]);
  });

  it('of one moment stand in the order of their numbers', () => {
    const at = message(1).createdAt;
    expect(idsOf(latest(message(10, { createdAt: at }), message(9, { createdAt: at })))).toEqual(['9', '10']);
  });

  it('keep the later edit, whichever arrived last', () => {
    const edited = message(1, { text: 'new', editedAt: new Date(START + 5_000).toISOString() });
    for (const order of [
      [message(1), edited],
      [edited, message(1)],
    ]) {
      const log = order.reduce((before, each) => withArrival(before, each, 'access'), latest());
      expect(log.logs['access']?.messages.map(({ text }) => text)).toEqual(['new']);
    }
  });

  it('start over when the newest page no longer touches what was known', () => {
    const known = latest(message(1), message(2));
    expect(idsOf(withLatest(known, 'access', { messages: [message(2), message(3)], more: true }))).toEqual([
      '1',
      '2',
      '3',
    ]);
    expect(idsOf(withLatest(known, 'access', { messages: [message(200)], more: true }))).toEqual(['200']);
  });

  it('keep what arrived out of order while the channel was being read', () => {
    const early = withArrival(NO_CONVERSATIONS, message(2), 'access');
    const page = { messages: [message(1), message(3)], more: true };
    expect(idsOf(withLatest(early, 'access', page))).toEqual(['1', '2', '3']);
  });

  it('leave out an edit of what is further up than what was read', () => {
    const edited = message(1, { editedAt: message(9).createdAt });
    expect(idsOf(withArrival(latest(message(5)), edited, 'access'))).toEqual(['5']);
    const early = withArrival(NO_CONVERSATIONS, edited, 'access');
    expect(idsOf(withLatest(early, 'access', { messages: [message(5)], more: true }))).toEqual(['5']);
    const whole = withLatest(NO_CONVERSATIONS, 'access', { messages: [message(5)], more: false });
    expect(idsOf(withArrival(whole, edited, 'access'))).toEqual(['1', '5']);
  });

  it('grow upwards, and remember whether there is more', () => {
    const grown = withEarlier(latest(message(5)), 'access', {
      messages: [message(3), message(4)],
      more: false,
    });
    expect(idsOf(grown)).toEqual(['3', '4', '5']);
    expect(grown.logs['access']?.more).toBe(false);
  });

  it('are forgotten but for the open channel when the stream was cut', () => {
    const both = withLatest(latest(message(1)), 'other', {
      messages: [message(2, { channel: 'other' })],
      more: false,
    });
    expect(Object.keys(withOnly(both, 'access').logs)).toEqual(['access']);
    expect(withOnly(both, null).logs).toEqual({});
  });
});

describe('unread messages', () => {
  it('count only where nobody looks, only when new, and are gone once somebody looks', () => {
    const elsewhere = withArrival(latest(), message(1), 'other');
    expect(elsewhere.unread).toEqual({ access: 1 });
    expect(withArrival(latest(), message(1), 'access').unread).toEqual({});
    expect(withArrival(latest(), message(1, { editedAt: message(2).createdAt }), 'other').unread).toEqual({});
    expect(withRead(elsewhere, 'access').unread['access']).toBe(0);
  });

  it('count in a channel that was never read, without pretending to know it', () => {
    const after = withArrival(NO_CONVERSATIONS, message(1), null);
    expect(after.unread).toEqual({ access: 1 });
    expect(after.logs).toEqual({});
  });
});

describe('threads', () => {
  it('put answers under their beginning, and let an answer without one stand alone', () => {
    const threads = toThreads([
      message(1),
      message(2),
      message(3, { threadOf: '1' }),
      message(4, { threadOf: '99' }),
    ]);
    expect(threads.map(({ root, replies }) => [root.id, replies.map(({ id }) => id)])).toEqual([
      ['1', ['3']],
      ['2', []],
      ['4', []],
    ]);
  });
});
