/** Which buttons are left of a message, and when that is asked about again. */
import { describe, expect, test } from 'vitest';
import type { Card } from '../../../src/bot/card.ts';
import type { ChatMessage } from '../../../src/bot/web/wire.ts';
import { EVERYTHING, offered, unasked, withAnswer } from '../../../src/pages/chat/offers.ts';

const CARD: Card = {
  tone: 'waiting',
  title: 'Alice asks',
  status: '',
  fields: [],
  lists: [],
  actions: [
    { kind: 'button', action: 'approve', subject: 'r-1', label: 'Approve', style: 'primary' },
    { kind: 'button', action: 'comment', subject: 'r-1', label: 'Comment', style: 'plain' },
    { kind: 'link', label: 'Details', url: 'https://example.com' },
  ],
  fallback: '',
};

function message(id: string, changes: Partial<ChatMessage> = {}): ChatMessage {
  return {
    id,
    channel: 'access',
    threadOf: null,
    author: null,
    text: '',
    card: CARD,
    createdAt: '2026-11-21T12:00:00Z',
    editedAt: null,
    ...changes,
  };
}

const OWN = {
  message: '1',
  withheld: ['approve r-1'],
  missing: ['You cannot decide about your own request.'],
};

describe('what is asked about', () => {
  test('every message with a button, once, and again when it was edited', () => {
    const messages = [
      message('1'),
      message('2', { card: null }),
      message('3', { card: { ...CARD, actions: CARD.actions.slice(2) } }),
    ];
    const asked = unasked(messages, {});
    expect(asked.map(({ id }) => id)).toEqual(['1']);
    const known = withAnswer({}, asked, [OWN]);
    expect(unasked(messages, known)).toEqual([]);
    const edited = message('1', { editedAt: '2026-11-21T12:01:00Z' });
    expect(unasked([edited], known)).toEqual([edited]);
  });

  test('is known of the version that was asked about, and of no later one', () => {
    const edited = message('1', { editedAt: '2026-11-21T12:01:00Z' });
    expect(unasked([edited], withAnswer({}, [message('1')], [OWN]))).toEqual([edited]);
  });
});

describe('what is left', () => {
  test('is everything but what was withheld; links stay', () => {
    const known = withAnswer({}, [message('1')], [OWN]);
    const left = offered(CARD.actions, known['1'] ?? EVERYTHING);
    expect(left.map(({ label }) => label)).toEqual(['Comment', 'Details']);
    expect(known['1']?.missing).toEqual(OWN.missing);
  });

  test('is no button that came with an edit, until it is known of', () => {
    const known = withAnswer({}, [message('1')], [OWN]);
    const revoke = {
      kind: 'button',
      action: 'revoke',
      subject: 'g-1',
      label: 'Revoke',
      style: 'danger',
    } as const;
    const left = offered([...CARD.actions, revoke], known['1'] ?? EVERYTHING);
    expect(left.map(({ label }) => label)).toEqual(['Comment', 'Details']);
    const card = { ...CARD, actions: [revoke] };
    const edited = message('1', { card, editedAt: '2026-11-21T12:01:00Z' });
    const since = withAnswer(known, [edited], []);
    expect(offered(card.actions, since['1'] ?? EVERYTHING)).toEqual([revoke]);
  });

  test('is everything where the server did not say', () => {
    const known = withAnswer({}, [message('1')], []);
    expect(offered(CARD.actions, known['1'] ?? EVERYTHING)).toEqual(CARD.actions);
  });

  test('is never a button of another subject', () => {
    const other = { ...OWN, withheld: ['approve r-2'] };
    const known = withAnswer({}, [message('1')], [other]);
    expect(offered(CARD.actions, known['1'] ?? EVERYTHING)).toHaveLength(3);
  });
});
