/** What the Home tab and the page of one person offer them about a request of theirs. */
import { expect, test } from 'vitest';
import { ownRequestActions } from '../../../src/bot/home.ts';
import { grantView, requestView } from './views.ts';

test('a request is asked for once more when nothing of it waits or is held', () => {
  const offered = (changes: Parameters<typeof requestView>[0]): readonly string[] =>
    ownRequestActions(requestView(changes)).flatMap((one) => (one.kind === 'button' ? [one.action] : []));
  const held = (state: 'issuing' | 'active' | 'done') =>
    offered({ state: 'approved', grant: grantView({ state }) });
  expect(offered({ state: 'pending', grant: null })).toEqual(['cancel']);
  expect(offered({ state: 'denied', grant: null })).toEqual(['again']);
  expect(held('issuing')).toEqual([]);
  expect(held('active')).toEqual([]);
  expect(held('done')).toEqual(['again']);
  expect(offered({ state: 'denied', grant: null, kind: 'break-glass' })).toEqual([]);
});
